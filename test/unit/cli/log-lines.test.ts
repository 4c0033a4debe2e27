import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogLines, logTime } from '../../../src/cli/log-lines.ts';

const open: LogLines[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const lines of open.splice(0)) lines.end();
});

/** A logger as the program has it, and what was written, a write each. */
function logged() {
  const writes: string[] = [];
  const lines = new LogLines({ write: (text) => writes.push(text) });
  open.push(lines);
  return { writes, lines, logger: pino({ base: null, timestamp: false }, lines) };
}

const messagesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).msg);

describe('the lines of the log', () => {
  it('of 20 ms are written together, in order', () => {
    vi.useFakeTimers();
    const { writes, logger } = logged();
    logger.info('one');
    logger.info('two');
    vi.advanceTimersByTime(19);
    expect(writes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(writes.map(messagesOf)).toEqual([['one', 'two']]);
    logger.info('three');
    vi.advanceTimersByTime(20);
    expect(writes.map(messagesOf)).toEqual([['one', 'two'], ['three']]);
  });

  it.each(['warn', 'error', 'fatal'] as const)('are written at once with a line of level %s', (level) => {
    const { writes, logger } = logged();
    logger.info('before');
    logger[level]('now');
    expect(writes.map(messagesOf)).toEqual([['before', 'now']]);
  });

  it('are written at once when they are many', () => {
    const { writes, logger } = logged();
    for (let line = 0; line < 70; line += 1) logger.info('x'.repeat(1_000));
    expect(writes).toHaveLength(1);
  });

  it('are written when the process ends, whatever ended it', () => {
    const { writes, logger } = logged();
    logger.info('last');
    process.emit('exit', 1);
    expect(writes.map(messagesOf)).toEqual([['last']]);
  });

  it('leave nothing behind at the process when they end', () => {
    const before = process.listenerCount('exit');
    const { writes, lines, logger } = logged();
    logger.info('last');
    lines.end();
    expect(writes.map(messagesOf)).toEqual([['last']]);
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('the time of a line', () => {
  it('is of now, to the millisecond', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
    expect(logTime()).toBe(',"time":"2026-01-02T03:04:05.006Z"');
    vi.advanceTimersByTime(1);
    expect(logTime()).toBe(',"time":"2026-01-02T03:04:05.007Z"');
  });
});
