/** What the primary process and its workers say to each other, over the channel that Node opens between them. */
import type { LogLevel } from '../core/administration.ts';

/**
 * Rises with every change of these messages: workers are started from the files as they are then, which may be newer
 * than the primary.
 */
export const protocolVersion = 2;

/** `drain`: the whole instance ends. `retire`: only this worker does, another one has taken its place. */
export type StopKind = 'drain' | 'retire';

/** How a worker is to come up. */
export interface StartOrders {
  /** From 1; a worker that takes the place of another has its number. */
  readonly number: number;
  /** Where the instance listens, whatever the configuration says meanwhile. */
  readonly ports: PortSettings;
  /** Absent: listens at once. Otherwise once it is ready; after so long it listens all the same, or fails. */
  readonly whenReady?: { readonly withinMs: number; readonly otherwise: 'listen' | 'fail' };
  /** Seals cursors where no file does: each worker goes on with those of the others. */
  readonly cursorKey: string;
  /** As an operator set it; absent: as configured. */
  readonly logLevel?: LogLevel;
}

export interface PortSettings {
  readonly data: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number };
}

export interface WorkerAddresses {
  readonly dataUrl: string;
  readonly adminUrl: string;
}

/** What a worker tells of itself each second. */
export interface WorkerStatus {
  readonly ready: boolean;
  /** What ending it takes at most. */
  readonly longestStopMs: number;
}

export interface Siblings {
  /** Workers that listen, the one that is told this included. */
  readonly workers: number;
  readonly ready: number;
}

export interface Question {
  readonly kind: 'question';
  readonly id: number;
  readonly about: string;
  readonly detail?: unknown;
}

/** Without `failed` it is the answer; with it there is none. */
export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  readonly failed?: true;
  readonly value?: unknown;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly orders: StartOrders }
  | { readonly kind: 'siblings'; readonly siblings: Siblings }
  | { readonly kind: 'log-level'; readonly level: LogLevel }
  | { readonly kind: 'stop'; readonly how: StopKind }
  | Question
  | Answer;

export type ToPrimary =
  | { readonly kind: 'hello'; readonly protocolVersion: number }
  | ({ readonly kind: 'listening' } & WorkerAddresses)
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number }
  | { readonly kind: 'status'; readonly status: WorkerStatus }
  | { readonly kind: 'log-level'; readonly level: LogLevel }
  /** What it had counted when it ended. */
  | { readonly kind: 'last-counts'; readonly snapshot: unknown }
  | Question
  | Answer;

/** Each side asks the other; what is asked, and what is answered. */
export const aboutMetrics = 'metrics';
export const aboutCache = 'cache';
export const aboutReload = 'reload';
export const aboutDrain = 'drain';
