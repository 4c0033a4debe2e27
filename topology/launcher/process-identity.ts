import { readFileSync } from 'node:fs';

/**
 * A process that is not confused with a later one of the same id: no two processes of one boot share
 * both the id and the time of their start.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's boot to the process' start. */
  readonly startTicks: number;
  readonly bootId: string;
}

export type ProcessCondition = 'running' | 'paused' | 'gone';

export interface ProcessStat {
  /** One letter, as in proc_pid_stat(5). */
  readonly state: string;
  readonly threads: number;
  readonly startTicks: number;
  readonly cpuSeconds: number;
}

/** Linux reports times to user space in 1/100 s on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Reads a line of /proc/PID/stat; undefined when it is not one. */
export function parseProcessStat(line: string): ProcessStat | undefined {
  // The second field is the command in brackets and may itself hold blanks and brackets.
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const [state] = fields;
  const [userTicks, systemTicks, threads, startTicks] = [11, 12, 17, 19].map((index) =>
    Number(fields[index]),
  );
  if (state === undefined || userTicks === undefined || systemTicks === undefined) return undefined;
  if (threads === undefined || startTicks === undefined) return undefined;
  if (![userTicks, systemTicks, threads, startTicks].every(Number.isInteger)) return undefined;
  return { state, threads, startTicks, cpuSeconds: (userTicks + systemTicks) / ticksPerSecond };
}

/** Undefined when there is no such process. */
export function identifyProcess(pid: number, procDirectory = '/proc'): ProcessIdentity | undefined {
  const stat = readStat(pid, procDirectory);
  const bootId = readText(`${procDirectory}/sys/kernel/random/boot_id`)?.trim();
  return stat === undefined || bootId === undefined
    ? undefined
    : { pid, startTicks: stat.startTicks, bootId };
}

export function conditionOf(identity: ProcessIdentity, procDirectory = '/proc'): ProcessCondition {
  const stat = statOf(identity, procDirectory);
  if (stat === undefined) return 'gone';
  return stat.state === 'T' || stat.state === 't' ? 'paused' : 'running';
}

/** User and system time used so far; undefined when the process is gone. */
export function cpuSecondsOf(identity: ProcessIdentity, procDirectory = '/proc'): number | undefined {
  return statOf(identity, procDirectory)?.cpuSeconds;
}

/** Whether the signal was sent: never to a process that only has the same id. */
export function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  procDirectory = '/proc',
): boolean {
  if (statOf(identity, procDirectory) === undefined) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

function statOf(identity: ProcessIdentity, procDirectory: string): ProcessStat | undefined {
  const current = identifyProcess(identity.pid, procDirectory);
  if (current?.startTicks !== identity.startTicks || current.bootId !== identity.bootId) return undefined;
  const stat = readStat(identity.pid, procDirectory);
  // The first thread may be over while others still hold the sockets.
  const ended = stat !== undefined && (stat.state === 'Z' || stat.state === 'X') && stat.threads <= 1;
  return ended ? undefined : stat;
}

function readStat(pid: number, procDirectory: string): ProcessStat | undefined {
  const line = readText(`${procDirectory}/${pid}/stat`);
  return line === undefined ? undefined : parseProcessStat(line);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
