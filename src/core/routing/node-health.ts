import type { Clock } from '../ports.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { createNodeRecord, type NodeRecord } from './node-record.ts';
import { JudgedMessage, type MessageVerdicts, type WatchedMessage } from './watched-message.ts';

/**
 * `well`: like any other. `suspect`: gets only keys that no well owner has, and a probe now and then. `ejected`: as
 * a node that is down, but for probes; asked only where nobody else is left in any datacenter of the caller.
 */
export type Standing = NodeRecord['standing'];

/** As `Standing`, to choose between owners. `failing`: suspect, and would be ejected if its datacenter could spare it. */
export type Rank = Standing | 'failing';

/** Which nodes are sick, by what became of the messages to them. Decides; sends nothing. */
export interface NodeHealth {
  standing(node: ClusterNode): Standing;
  rank(node: ClusterNode): Rank;
  /** Whether a node that is not well should be sent a probe now: none is under way, or one has been for a second. */
  isProbeDue(node: ClusterNode): boolean;
  /** As `isProbeDue`, and there was none for about a second: worth a key that nobody else is asked for. */
  isProbeUrgent(node: ClusterNode): boolean;
  /** `isProbe`: the next probe is due later. */
  sent(node: ClusterNode, isProbe?: boolean): WatchedMessage;
  /** At least 1, at most 10: one share in so many of its keys, while a node comes back. */
  rampFactor(node: ClusterNode): number;
  /** The ids of the nodes that are ejected now. */
  ejected(): ReadonlySet<string>;
  /** The nodes of the cluster: others are forgotten, and at most half of a datacenter is ejected at once. */
  retain(nodes: readonly ClusterNode[]): void;
}

const probeEveryMs = 100;
/** A probe that was silent for so long is given up: its connection may be dead, and the node not. */
const silentProbeMs = 1_000;
/** So much after a probe became due it is urgent: a second after the last one. */
const urgentAfterMs = 900;
/** So many failures in a row eject a node, */
const failuresToEject = 5;
/** unless they all came within less: then it was one event. */
const failuresSpanMs = 100;
const firstEjectionMs = 1_000;
const longestEjectionMs = 60_000;
/** A node that was not ejected for so long since its return starts again with the first ejection. */
const forgiveAfterMs = 60_000;
const rampMs = 10_000;
/** A node that was away for less has kept its load, and needs no ramp. */
const rampWhenAwayMs = 1_000;
const smallestShare = 0.1;

/**
 * Suspicion: a message is overdue and the node has answered nobody in time since it was sent. It ends with a message
 * that was sent after it began and is answered in time; a late answer is a sign of life and hastens the next probe.
 *
 * Ejection: after five failures in a row, over at least 100 ms, for 1 s and twice as long each further time. When that
 * is over a probe decides: in time, and the node comes back over 10 s; late, and it is suspect; failed, and it is ejected
 * again. Where half of the datacenter is ejected already, the node stays suspect, and ranks as failing.
 *
 * Probes: one at a time, each 100 ms at most, so that a node that is silent costs one a second.
 *
 * Bounded by the nodes of the cluster. Source: the outlier detection of Envoy, with suspicion in front of it.
 */
export function createNodeHealth(clock: Clock): NodeHealth {
  return new WatchedNodes(clock);
}

/** Everybody is well: what there is without this module, for measuring. */
export function createBlindHealth(): NodeHealth {
  const message: WatchedMessage = { overdue() {}, answered() {}, failed() {}, dismissed() {} };
  const nobody: ReadonlySet<string> = new Set();
  return {
    standing: () => 'well',
    rank: () => 'well',
    isProbeDue: () => false,
    isProbeUrgent: () => false,
    sent: () => message,
    rampFactor: () => 1,
    ejected: () => nobody,
    retain() {},
  };
}

class WatchedNodes implements NodeHealth, MessageVerdicts {
  readonly #clock: Clock;
  readonly #records = new Map<string, NodeRecord>();
  /** Those that are not well or come back: on the usual way it is empty, and a look at its size is all it costs. */
  readonly #unusual = new Map<string, NodeRecord>();
  /** Nodes by datacenter; empty until the cluster is known. */
  #sizes: ReadonlyMap<string, number> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  standing(node: ClusterNode): Standing {
    if (this.#unusual.size === 0) return 'well';
    return this.#unusual.get(node.id)?.standing ?? 'well';
  }

  rank(node: ClusterNode): Rank {
    if (this.#unusual.size === 0) return 'well';
    const record = this.#unusual.get(node.id);
    if (record === undefined) return 'well';
    return record.isFailing ? 'failing' : record.standing;
  }

  isProbeDue(node: ClusterNode): boolean {
    return this.#isProbeDue(node, 0);
  }

  isProbeUrgent(node: ClusterNode): boolean {
    return this.#isProbeDue(node, urgentAfterMs);
  }

  sent(node: ClusterNode, isProbe = false): WatchedMessage {
    const record = this.#record(node);
    const message = new JudgedMessage(this, record);
    if (isProbe) {
      record.probe = message;
      record.probedMs = this.#clock.nowMs();
      record.probeDueMs = record.probedMs + probeEveryMs;
    }
    return message;
  }

  rampFactor(node: ClusterNode): number {
    if (this.#unusual.size === 0) return 1;
    const record = this.#unusual.get(node.id);
    if (record?.rampFromMs === undefined) return 1;
    const share = (this.#clock.nowMs() - record.rampFromMs) / rampMs;
    if (share < 1) return 1 / Math.max(smallestShare, share);
    record.rampFromMs = undefined;
    if (record.standing === 'well') this.#unusual.delete(record.id);
    return 1;
  }

  ejected(): ReadonlySet<string> {
    const ids = [...this.#unusual.values()].filter(isEjected).map((record) => record.id);
    return new Set(ids);
  }

  retain(nodes: readonly ClusterNode[]): void {
    const sizes = new Map<string, number>();
    for (const { datacenter } of nodes) sizes.set(datacenter, (sizes.get(datacenter) ?? 0) + 1);
    this.#sizes = sizes;
    const ids = new Set(nodes.map((node) => node.id));
    for (const id of this.#records.keys()) {
      if (ids.has(id)) continue;
      this.#records.delete(id);
      this.#unusual.delete(id);
    }
    for (const datacenter of sizes.keys()) this.#releaseAboveHalf(datacenter);
  }

  /** A message is past its time. */
  suspect(record: NodeRecord): void {
    if (record.standing !== 'well') return;
    const nowMs = this.#clock.nowMs();
    record.awayFromMs = nowMs;
    this.#become(record, 'suspect');
    record.probeDueMs = nowMs + probeEveryMs;
  }

  answeredInTime(record: NodeRecord, sentInThisEra: boolean): void {
    record.inTime += 1;
    record.failures = 0;
    if (record.standing === 'well' || !sentInThisEra) return;
    const nowMs = this.#clock.nowMs();
    if (record.standing === 'ejected') record.backFromEjectionMs = nowMs;
    if (nowMs - record.awayFromMs >= rampWhenAwayMs) record.rampFromMs = nowMs;
    record.returns += 1;
    this.#become(record, 'well');
  }

  answeredLate(record: NodeRecord, sentInThisEra: boolean): void {
    const nowMs = this.#clock.nowMs();
    record.failures = 0;
    record.isFailing = false;
    if (record.standing === 'ejected' && sentInThisEra) {
      record.backFromEjectionMs = nowMs;
      this.#become(record, 'suspect');
    }
    if (record.standing === 'suspect') {
      record.probeDueMs = Math.min(record.probeDueMs, Math.max(nowMs, record.probedMs + probeEveryMs));
    }
  }

  failed(record: NodeRecord, sentInThisEra: boolean): void {
    const nowMs = this.#clock.nowMs();
    if (record.standing === 'ejected') {
      if (nowMs >= record.ejectedUntilMs && sentInThisEra) this.#eject(record);
      return;
    }
    if (record.failures === 0) record.firstFailureMs = nowMs;
    record.failures += 1;
    if (record.failures < failuresToEject || nowMs - record.firstFailureMs < failuresSpanMs) return;
    if (this.#hasRoomToEject(record)) {
      this.#eject(record);
      return;
    }
    this.suspect(record);
    record.isFailing = true;
  }

  #isProbeDue(node: ClusterNode, forMs: number): boolean {
    const record = this.#unusual.get(node.id);
    if (record === undefined || record.standing === 'well') return false;
    const nowMs = this.#clock.nowMs();
    if (nowMs < record.probeDueMs + forMs) return false;
    return record.probe === undefined || nowMs - record.probedMs >= silentProbeMs;
  }

  #record(node: ClusterNode): NodeRecord {
    const known = this.#records.get(node.id);
    if (known !== undefined) return known;
    const made = createNodeRecord(node);
    this.#records.set(node.id, made);
    return made;
  }

  #become(record: NodeRecord, standing: Standing): void {
    // A message may end after its node has left the cluster.
    if (this.#records.get(record.id) !== record) return;
    record.standing = standing;
    record.era += 1;
    record.failures = 0;
    record.isFailing = false;
    record.probe = undefined;
    if (standing !== 'well' || record.rampFromMs !== undefined) this.#unusual.set(record.id, record);
    else this.#unusual.delete(record.id);
  }

  #eject(record: NodeRecord): void {
    const nowMs = this.#clock.nowMs();
    if (record.standing === 'well') record.awayFromMs = nowMs;
    if (record.standing !== 'ejected') {
      record.ejectedMs = nowMs;
      if (nowMs - record.backFromEjectionMs >= forgiveAfterMs) record.ejections = 0;
    }
    record.ejectedUntilMs = nowMs + Math.min(longestEjectionMs, firstEjectionMs * 2 ** record.ejections);
    record.ejections += 1;
    this.#become(record, 'ejected');
    record.probeDueMs = record.ejectedUntilMs;
  }

  #hasRoomToEject({ datacenter }: NodeRecord): boolean {
    return this.#ejectedIn(datacenter).length + 1 <= this.#sizeOf(datacenter) / 2;
  }

  #releaseAboveHalf(datacenter: string): void {
    const ejected = this.#ejectedIn(datacenter);
    const tooMany = ejected.length - Math.floor(this.#sizeOf(datacenter) / 2);
    ejected.sort((left, right) => left.ejectedMs - right.ejectedMs);
    for (const record of ejected.slice(0, Math.max(0, tooMany))) {
      this.#become(record, 'suspect');
      record.isFailing = true;
      record.probeDueMs = this.#clock.nowMs();
    }
  }

  #ejectedIn(datacenter: string): NodeRecord[] {
    return [...this.#unusual.values()].filter(
      (record) => isEjected(record) && record.datacenter === datacenter,
    );
  }

  /** Before the cluster is known: of the nodes that were sent something. */
  #sizeOf(datacenter: string): number {
    const known = this.#sizes.get(datacenter);
    if (known !== undefined) return known;
    return [...this.#records.values()].filter((record) => record.datacenter === datacenter).length;
  }
}

function isEjected({ standing }: NodeRecord): boolean {
  return standing === 'ejected';
}
