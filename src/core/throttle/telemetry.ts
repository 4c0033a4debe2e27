import type { LimitedOperation } from './limit.ts';

/** Where the throttle reports; must not throw and must not wait. */
export interface ThrottleTelemetry {
  /** Units that were admitted; less than 0 where some were given back. */
  used(application: string, operation: LimitedOperation, units: number): void;
  /** Units that were not: by a limit that is enforced (`on`), or that only says so (`shadow`). */
  refused(application: string, operation: LimitedOperation, units: number, mode: 'on' | 'shadow'): void;
  /** A decision after which a limit had four fifths of its burst used, or more. */
  near(application: string, operation: LimitedOperation): void;
  waited(application: string, operation: LimitedOperation, durationMs: number): void;
  /** A call to the store, with its outcome. */
  storeCall(call: string, durationMs: number, outcome: 'ok' | 'timeout' | 'failed'): void;
  /** Leased units that were neither spent nor given back. */
  stranded(application: string, operation: LimitedOperation, units: number): void;
  unexpected(error: unknown): void;
}
