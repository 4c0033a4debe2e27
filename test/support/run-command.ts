import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandRun {
  /** Null where a signal ended it, that of the time limit included. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const longestMs = 60_000;

/** Runs a command to its end, whatever it exits with. Nothing is on its standard input. */
export async function runCommand(
  command: readonly string[],
  { cwd, env = process.env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<CommandRun> {
  const [file = '', ...rest] = command;
  const child = spawn(file, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: longestMs });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...written };
}

/** The environment of a reader's terminal: nothing of Weir's or of the test's own, and no colours. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:WEIR|npm|VITEST|NODE)_/.test(name));
  return { ...Object.fromEntries(own), NO_COLOR: '1' };
}
