import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** What is kept of each stream of output: the newest. */
const mostKept = 1_000_000;

/** A process with whatever it started, in a process group of its own. */
export interface BackgroundProcess {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Resolves as soon as standard output matches. Rejects with what was said when the process ends before. */
  whenPrinted(pattern: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Ends the whole group and waits for the process; what does not heed SIGTERM within ten seconds is killed. */
  stop(): Promise<number | null>;
}

export interface BackgroundOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

export function startInBackground(
  command: readonly string[],
  { cwd, env = process.env }: BackgroundOptions,
): BackgroundProcess {
  const [file = '', ...rest] = command;
  const child = spawn(file, rest, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} could not be started`);
  const output = keepOutput(child);
  const exited = (once(child, 'close') as Promise<[number | null]>).then(([code]) => code);
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    pid,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    whenPrinted: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(output.stdout)) resolve();
        };
        child.stdout.on('data', look);
        look();
        void exited.then((code) =>
          reject(new Error(`${command.join(' ')} ended with ${code}:\n${output.stdout}${output.stderr}`)),
        );
      }),
    signal,
    async stop() {
      signal('SIGTERM');
      const kill = setTimeout(() => signal('SIGKILL'), 10_000);
      try {
        // Closed pipes mean that the children, which inherited them, are gone as well.
        return await exited;
      } finally {
        clearTimeout(kill);
      }
    },
  };
}

function keepOutput(child: ChildProcessByStdio<null, Readable, Readable>): {
  stdout: string;
  stderr: string;
} {
  const kept = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      kept[name] = (kept[name] + chunk).slice(-mostKept);
    });
  }
  return kept;
}
