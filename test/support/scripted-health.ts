import type { Clock } from '../../src/core/ports.ts';
import type { NodeHealth, Standing } from '../../src/core/routing/node-health.ts';
import type { WatchedMessage } from '../../src/core/routing/watched-message.ts';

/** What a node's health was told of a message, and when. */
export type HealthNote = readonly [what: keyof WatchedMessage, atMs: number];

/** Nodes are as the test says, by id; what is told of messages is noted in the order of sending. */
export interface ScriptedHealth extends NodeHealth {
  readonly standings: Map<string, Standing>;
  /** Nodes to which a probe is due, until it is sent. */
  readonly probesDue: Set<string>;
  /** Whether those are urgent; so at first. */
  isUrgent: boolean;
  readonly notes: HealthNote[][];
}

export function createScriptedHealth(clock: Pick<Clock, 'nowMs'>): ScriptedHealth {
  const standings = new Map<string, Standing>();
  const probesDue = new Set<string>();
  const notes: HealthNote[][] = [];
  const health: ScriptedHealth = {
    standings,
    probesDue,
    isUrgent: true,
    notes,
    standing: (node) => standings.get(node.id) ?? 'well',
    rank: (node) => standings.get(node.id) ?? 'well',
    isProbeDue: (node) => probesDue.has(node.id),
    isProbeUrgent: (node) => health.isUrgent && probesDue.has(node.id),
    sent(node, isProbe = false) {
      if (isProbe) probesDue.delete(node.id);
      const own: HealthNote[] = [];
      notes.push(own);
      const note = (what: keyof WatchedMessage) => (): void => void own.push([what, clock.nowMs()]);
      return {
        overdue: note('overdue'),
        answered: note('answered'),
        failed: note('failed'),
        dismissed: note('dismissed'),
      };
    },
    rampFactor: () => 1,
    ejected: () => new Set(),
    retain() {},
  };
  return health;
}
