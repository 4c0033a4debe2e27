import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import {
  conditionOf,
  cpuSecondsOf,
  identifyProcess,
  parseProcessStat,
  signalProcess,
} from '../../../topology/launcher/process-identity.ts';

/** Fields 3 to 22 of proc_pid_stat(5). */
function statLine({ command = 'java', state = 'S', user = 150, system = 50, threads = 40, start = 9000 }) {
  return `42 (${command}) ${state} 1 42 42 0 -1 4194304 1 0 0 0 ${user} ${system} 0 0 20 0 ${threads} 0 ${start} 1 1\n`;
}

describe('parseProcessStat', () => {
  test.each([
    ['java', 'a plain command'],
    ['my java', 'a blank in the command'],
    ['a) S 1 (b', 'brackets in the command, which a program may choose'],
  ])('reads the line of "%s": %s', (command) => {
    expect(parseProcessStat(statLine({ command }))).toEqual({
      state: 'S',
      threads: 40,
      startTicks: 9000,
      cpuSeconds: 2,
    });
  });

  test.each(['', 'no such line', '42 (java) S 1 2'])('finds nothing in "%s"', (line) => {
    expect(parseProcessStat(line)).toBeUndefined();
  });
});

describe('a process', () => {
  let proc: string;
  const boot = (id: string) => writeFileSync(join(proc, 'sys/kernel/random/boot_id'), `${id}\n`);
  const stat = (fields: Parameters<typeof statLine>[0]) =>
    writeFileSync(join(proc, '42/stat'), statLine(fields));
  const identify = () => {
    const identity = identifyProcess(42, proc);
    if (identity === undefined) throw new Error('the process is there');
    return identity;
  };

  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'weir-proc-'));
    mkdirSync(join(proc, 'sys/kernel/random'), { recursive: true });
    mkdirSync(join(proc, '42'));
    boot('first-boot');
    stat({});
  });
  afterEach(() => rmSync(proc, { recursive: true, force: true }));

  test.each([
    ['S', 'running', 40],
    ['R', 'running', 40],
    ['D', 'running', 40],
    ['T', 'paused', 40],
    ['Z', 'gone', 1],
    // The first thread is over, the others still hold the sockets.
    ['Z', 'running', 12],
  ])('in state %s is %s with %i threads', (state, condition, threads) => {
    const identity = identify();
    stat({ state, threads });
    expect(conditionOf(identity, proc)).toBe(condition);
  });

  it('is gone when another one has its id', () => {
    const identity = identify();
    stat({ start: 9001 });
    expect(conditionOf(identity, proc)).toBe('gone');
    expect(cpuSecondsOf(identity, proc)).toBeUndefined();
  });

  it('is gone after a boot, even when another one has its id and its time of start', () => {
    const identity = identify();
    boot('second-boot');
    expect(conditionOf(identity, proc)).toBe('gone');
  });

  it('is gone when nothing has its id', () => {
    const identity = identify();
    rmSync(join(proc, '42'), { recursive: true });
    expect(conditionOf(identity, proc)).toBe('gone');
    expect(identifyProcess(42, proc)).toBeUndefined();
  });
});

describe('signalProcess', () => {
  it('ends the process that is meant and spares another of the same id', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const identity = identifyProcess(child.pid ?? 0);
    if (identity === undefined) throw new Error('the child runs');
    expect(signalProcess({ ...identity, startTicks: identity.startTicks - 1 }, 'SIGKILL')).toBe(false);
    expect(conditionOf(identity)).toBe('running');
    const ended = once(child, 'exit');
    expect(signalProcess(identity, 'SIGKILL')).toBe(true);
    await ended;
    expect(conditionOf(identity)).toBe('gone');
    expect(signalProcess(identity, 'SIGKILL')).toBe(false);
  });
});
