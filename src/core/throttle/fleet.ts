/** What the instances of one fleet tell each other about limits: that they are there, what they counted, what was set. */

import type { LimitedOperation } from './limit.ts';
import type { RunTimeSettings } from './limit-book.ts';

/** What one instance, or all of them, counted in one second. */
export interface UsageCount {
  readonly application: string;
  readonly operation: LimitedOperation;
  readonly admitted: number;
  readonly refused: number;
}

export interface UsageSecond {
  /** Seconds since 1970, on the store's clock. */
  readonly second: number;
  readonly counts: readonly UsageCount[];
}

/** Who changed what, when; the newest first. */
export interface SettingsAuditLine {
  readonly version: number;
  /** RFC 3339. */
  readonly at: string;
  /** Role and key prefix of the admin port, or `file`. */
  readonly by: string;
  /** `limit storefront/read`, `pause nightly-report`. */
  readonly what: string;
  /** JSON values. */
  readonly before: unknown;
  readonly after: unknown;
}

/** All calls reject with a `StoreError`. */
export interface FleetStore {
  /**
   * Says that this instance lives and what it has counted since the last pulse; in one call, sent at most once. Tells
   * how many instances live, itself included, and which settings hold.
   */
  pulse(pulse: {
    readonly instance: string;
    /** An instance that has not been heard of for so long counts no more. */
    readonly aliveMs: number;
    readonly counts: readonly UsageCount[];
  }): Promise<{
    readonly instances: number;
    readonly settings: Pick<RunTimeSettings, 'version' | 'id'>;
    /** Of invalidations: how many there ever were, and of which beginning; a number that falls, or another epoch, is a loss. */
    readonly invalidations: { readonly sequence: number; readonly epoch: string };
  }>;
  /** Instances that were heard of within `aliveMs` leave at once, so that the others need not wait. */
  leave(instance: string): Promise<void>;
  readSettings(): Promise<RunTimeSettings>;
  /**
   * Takes the place of the settings of `before`, and of nothing else: `false` where others hold. Lines of `audit` are
   * kept beside them, the newest 1,000.
   */
  changeSettings(change: {
    readonly before: Pick<RunTimeSettings, 'version' | 'id'>;
    readonly after: RunTimeSettings;
    readonly audit: readonly SettingsAuditLine[];
  }): Promise<boolean>;
  /** Puts settings back that the store has lost: only where it has an older version. Whether it did. */
  restoreSettings(settings: RunTimeSettings): Promise<boolean>;
  audit(most: number): Promise<readonly SettingsAuditLine[]>;
  /** Of all instances, the last whole seconds, oldest first; seconds without any count are absent. At most 300. */
  usage(seconds: number): Promise<readonly UsageSecond[]>;
}
