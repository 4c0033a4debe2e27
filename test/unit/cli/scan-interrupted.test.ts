import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.ts';
import { type Fate, startScanInstance } from './scan-instance.ts';
import { rowTexts } from './scan-source.ts';

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

/** Runs `weir scan` and sends it a signal when it has printed `afterRows` rows. A blocked reader takes nothing. */
async function interrupt(
  fate: Fate,
  options: readonly string[],
  {
    signal = 'SIGINT',
    afterRows,
    isBlocked = false,
  }: { signal?: string; afterRows: number; isBlocked?: boolean },
) {
  const { url, scans } = await startScanInstance(fate);
  const signals = new EventEmitter();
  /** Signals that are still listened to once the first has come. */
  let heard: unknown[] = ['none has come'];
  const send = (): void => {
    signals.emit(signal);
    heard = signals.eventNames();
  };
  const written = { stdout: '', stderr: '' };
  const exitCode = await runProgram({
    argv: ['scan', '--table', 'shop.products', '--url', url, '--application', 'report', ...options],
    env: {},
    stdout: {
      write(text: string) {
        written.stdout += text;
        if (linesOf(written.stdout).length >= afterRows) setImmediate(send);
        return !isBlocked;
      },
      once: () => undefined,
    },
    stderr: {
      write(text: string) {
        written.stderr += text;
      },
    },
    signals,
    stdin: async function* () {},
  });
  return { exitCode, rows: linesOf(written.stdout), told: linesOf(written.stderr), scans, signals, heard };
}

describe('a scan that is interrupted', () => {
  const silentAfter =
    (after: number): Fate =>
    () => ({ kind: 'silent', after });

  it.each(['SIGINT', 'SIGTERM'])('by %s tells how far it was and how it goes on', async (signal) => {
    const ended = await interrupt(silentAfter(5), ['--split', '0,12'], { signal, afterRows: 5 });
    expect([ended.exitCode, ended.rows, ended.scans.length]).toEqual([1, rowTexts(0, 5), 1]);
    expect(ended.told).toEqual([
      'rows: 5',
      'weir: the scan was interrupted',
      '  go on with --cursor 4:12, and leave out its first rows, which are printed already: 1',
    ]);
  });

  it('has no rows to leave out right behind a checkpoint, and no cursor before the first', async () => {
    const behind = await interrupt(silentAfter(4), ['--split', '0,12'], { afterRows: 4 });
    expect(behind.told.at(-1)).toBe('  go on with --cursor 4:12');
    const before = await interrupt(silentAfter(1), ['--split', '0,12'], { afterRows: 1 });
    expect(before.told.at(-1)).toBe(
      '  there is no cursor yet: begin again with --split 0,12, and leave out its first rows, which are printed already: 1',
    );
  });

  it('tells it of each split that was begun, and what was not', async () => {
    const fate: Fate = (_, body) =>
      JSON.stringify(body).includes('"start":"3"') ? { kind: 'silent', after: 3 } : undefined;
    const ended = await interrupt(fate, [], { afterRows: 6 });
    expect([ended.exitCode, ended.rows]).toEqual([1, rowTexts(0, 6)]);
    expect(ended.told).toEqual([
      'rows: 6',
      'weir: the scan was interrupted',
      '  s1: go on with --cursor 5:8, and leave out its first rows, which are printed already: 1',
      '  not begun: --start 8 --end 12',
    ]);
  });

  it('waits for no reader that takes nothing', async () => {
    const { exitCode, told } = await interrupt(silentAfter(5), ['--split', '0,12'], {
      afterRows: 2,
      isBlocked: true,
    });
    expect([exitCode, told[1]]).toEqual([1, 'weir: the scan was interrupted']);
  });

  it('leaves a second signal to the process', async () => {
    const { heard } = await interrupt(silentAfter(5), ['--split', '0,12'], { afterRows: 5 });
    expect(heard).toEqual([]);
  });

  it('and one that is not leaves no listener behind', async () => {
    const { exitCode, signals } = await interrupt(() => undefined, ['--split', '0,12'], { afterRows: 100 });
    expect([exitCode, signals.eventNames()]).toEqual([0, []]);
  });
});

describe('a cursor that is refused', () => {
  const run = (fate: Fate, ...options: string[]) => interrupt(fate, options, { afterRows: 100 });

  it.each([400, 401, 410])('with %i at once is not what to go on with', async (status) => {
    const { exitCode, told } = await run(() => status, '--cursor', '3:12');
    expect(exitCode).toBe(1);
    expect(told.join('\n')).toContain(`the scan stopped: ${status} No`);
    expect(told.join('\n')).not.toContain('--cursor');
  });

  it.each([400, 410])('with %i later is none either: the scan begins again', async (status) => {
    const breaks: Fate = (number) => (number === 1 ? { kind: 'throws', after: 5 } : status);
    expect((await run(breaks, '--split', '0,12')).told.at(-1)).toBe(
      '  its cursor was refused: begin again with --split 0,12, and leave out its first rows, which are printed already: 5',
    );
    expect((await run(breaks, '--cursor', '3:12')).told.at(-1)).toBe(
      '  its cursor was refused: begin again with --cursor 3:12, and leave out its first rows, which are printed already: 5',
    );
  });

  it('is another matter than a caller who is', async () => {
    const breaks: Fate = (number) => (number === 1 ? { kind: 'throws', after: 5 } : 401);
    expect((await run(breaks, '--split', '0,12')).told.at(-1)).toBe(
      '  go on with --cursor 4:12, and leave out its first rows, which are printed already: 1',
    );
  });
});
