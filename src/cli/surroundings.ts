import type { ExitCode } from './exit-codes.ts';

/** What a verb is given of the process, so that tests can run it inside their own. */
export interface Surroundings {
  /** Without the paths of Node and of the program. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data. */
  readonly stdout: TextSink;
  /** Talk: progress, hints, faults, logs. */
  readonly stderr: TextSink;
  /** Where signals arrive; a process is one. */
  readonly signals: SignalSource;
  /** Opens the standard input: merely touching it would keep a process from ending. */
  readonly stdin: () => AsyncIterable<string | Uint8Array>;
}

export interface TextSink {
  /** False asks whoever can wait to do so until `drain`, where the sink has that. */
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined;
}

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGUSR2';

export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

/** A verb tells what the program is to end with; without a word it is `ok`. */
export type Finish = (code: ExitCode) => void;
