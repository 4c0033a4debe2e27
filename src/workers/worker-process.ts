import type { ToWorker } from './messages.ts';

/** One worker, as the operating system has it. */
export interface WorkerProcess {
  readonly pid: number;
  /** Never throws; what cannot be delivered is lost. */
  send(message: ToWorker): void;
  /** Without warning, whatever it does. */
  kill(): void;
}

/** How a process ended: null where a signal ended it. */
export type ExitStatus = number | null;

export interface WorkerListener {
  /** Unchecked: whatever came over the channel. */
  readonly onMessage: (message: unknown) => void;
  readonly onExit: (status: ExitStatus) => void;
}

/** Starts the program again as a worker; Node's cluster module in production. */
export type StartProcess = (listener: WorkerListener) => WorkerProcess;
