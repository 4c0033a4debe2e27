/** What a verb is given of the process, so that tests can run it inside their own. */
export interface Surroundings {
  /** Without the paths of Node and of the program. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data. */
  readonly stdout: TextSink;
  /** Talk: progress, hints, faults, logs. */
  readonly stderr: TextSink;
  /** Where SIGINT and SIGTERM arrive; a process is one. */
  readonly signals: SignalSource;
}

interface TextSink {
  write(text: string): unknown;
}

export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}
