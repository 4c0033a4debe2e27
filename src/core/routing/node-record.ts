import type { ClusterNode } from '../topology/cluster-state.ts';
import type { WatchedMessage } from './watched-message.ts';

/** What is known of one node's health. Times are on the core's clock. */
export interface NodeRecord {
  readonly id: string;
  readonly datacenter: string;
  standing: 'well' | 'suspect' | 'ejected';
  /** Counts the changes of standing: a message proves a recovery only where it was sent in the present one. */
  era: number;
  /** Counts the returns to `well`: a failure of a message that was sent before the last one is old news. */
  returns: number;
  /** Counts the answers that came before their message was overdue. */
  inTime: number;
  /** In a row. */
  failures: number;
  /** When the first of them came. */
  firstFailureMs: number;
  /** Suspect, and would be ejected if its datacenter could spare it. */
  isFailing: boolean;
  /** Since it was last forgiven. */
  ejections: number;
  /** When it was last well, while it is not. */
  awayFromMs: number;
  ejectedMs: number;
  ejectedUntilMs: number;
  backFromEjectionMs: number;
  /** The latest probe, while it has not ended. */
  probe: WatchedMessage | undefined;
  probedMs: number;
  probeDueMs: number;
  rampFromMs: number | undefined;
}

/** Of a node that nothing was heard of: well until it shows otherwise. */
export function createNodeRecord({ id, datacenter }: ClusterNode): NodeRecord {
  return {
    id,
    datacenter,
    standing: 'well',
    era: 0,
    returns: 0,
    inTime: 0,
    failures: 0,
    firstFailureMs: 0,
    isFailing: false,
    ejections: 0,
    awayFromMs: 0,
    ejectedMs: 0,
    ejectedUntilMs: 0,
    backFromEjectionMs: Number.NEGATIVE_INFINITY,
    probe: undefined,
    probedMs: Number.NEGATIVE_INFINITY,
    probeDueMs: 0,
    rampFromMs: undefined,
  };
}
