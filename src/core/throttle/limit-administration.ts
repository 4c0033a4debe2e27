/** Limits as the admin port shows and changes them. */
import type { SettingsAuditLine } from './fleet.ts';
import type { Limit, LimitedOperation, LimitId, SubjectName } from './limit.ts';
import type { LimitChange } from './limit-book.ts';

export interface ShownLimit {
  readonly id: LimitId;
  readonly subject: SubjectName;
  readonly operation: LimitedOperation;
  /** What holds; null: there is none. */
  readonly limit: Limit | null;
  /** What the file says; null: nothing. */
  readonly file: Limit | null;
  /** What was set at run time on top; null: nothing. */
  readonly change: LimitChange | null;
}

export interface LimitsView {
  /** Of the run-time settings; as an entity tag: `"version-id"`, `"0"` for none. */
  readonly tag: string;
  readonly version: number;
  /** All that are in the file or set at run time, by id. */
  readonly limits: readonly ShownLimit[];
  readonly paused: readonly string[];
}

/** `null` as a whole: back to the file. Otherwise in place of what was set before at run time for this limit. */
export type LimitChanges = Readonly<Record<LimitId, LimitChange | null>>;

export interface LimitsDifference {
  /** Of the settings that hold after the change; with a dry run, of those that hold now. */
  readonly tag: string;
  readonly version: number;
  readonly dryRun: boolean;
  /** Only those whose effect changes, by id. */
  readonly limits: readonly {
    readonly id: LimitId;
    readonly before: Limit | null;
    readonly after: Limit | null;
  }[];
  readonly paused: readonly {
    readonly application: string;
    readonly before: boolean;
    readonly after: boolean;
  }[];
}

export interface ChangeOptions {
  /** For the audit: role and key prefix. */
  readonly by: string;
  /** Tags as in `If-Match`; undefined: whatever holds. */
  readonly ifMatch?: readonly string[] | undefined;
  readonly dryRun: boolean;
}

/** Units by application and operation over a window, of the whole fleet. */
export interface UsageView {
  readonly windowSeconds: number;
  readonly instances: number;
  readonly totals: readonly {
    readonly application: string;
    readonly operation: LimitedOperation;
    /** Units admitted and refused, and the mean a second of those seconds that are over. */
    readonly admitted: number;
    readonly refused: number;
    readonly admittedPerSecond: number;
    readonly refusedPerSecond: number;
    /** The rate of its own limit; null: none. */
    readonly rate: number | null;
  }[];
  readonly seconds: readonly {
    /** Since 1970. */
    readonly second: number;
    readonly counts: readonly {
      readonly application: string;
      readonly operation: LimitedOperation;
      readonly admitted: number;
      readonly refused: number;
    }[];
  }[];
}

/**
 * Changes reject with a `RequestError`: `not-found` for an application, class or operation that the configuration lacks,
 * `invalid-request` with a fault for each bad member (pointer `/limits/<id>/<member>`), `precondition-failed` where
 * `ifMatch` names other settings or others change them again and again, `limiter-unavailable` where the store cannot be asked. Nothing is changed then.
 */
export interface LimitAdministration {
  readonly view: () => LimitsView;
  readonly change: (changes: LimitChanges, options: ChangeOptions) => Promise<LimitsDifference>;
  readonly pause: (application: string, paused: boolean, options: ChangeOptions) => Promise<LimitsDifference>;
  readonly usage: (windowSeconds: number) => Promise<UsageView>;
  /** The newest first. */
  readonly history: (most: number) => Promise<readonly SettingsAuditLine[]>;
}
