/** What there is of a partition: nothing, only reads that found nothing, or a read with rows. */
export const presences = { none: 0, missing: 1, found: 2 } as const;
export type Presence = (typeof presences)[keyof typeof presences];

/**
 * Of the groups that were retired the latest are remembered: the entries of earlier ones have gone, or go as any
 * other.
 */
const mostRetired = 1_024;

interface GroupCount {
  all: number;
  missing: number;
}

/** How many partitions there are, told of each change of one; by groups, which are what their names begin with. */
export class PartitionCounts {
  all = 0;
  missing = 0;
  /** Pushed out since the start, of those that could still have been asked for. */
  evictions = 0;
  readonly #groups = new Map<number, GroupCount>();
  readonly #retired = new Set<number>();

  /** Whether the partition is gone by it, and counted until then. */
  settle(partition: string, before: Presence, after: Presence): boolean {
    if (before === after) return false;
    const count = this.#countOf(groupOf(partition), before);
    if (count === undefined) return false;
    const all = Number(before === presences.none) - Number(after === presences.none);
    const missing = Number(after === presences.missing) - Number(before === presences.missing);
    count.all += all;
    count.missing += missing;
    this.all += all;
    this.missing += missing;
    return after === presences.none;
  }

  /** What is there of the group counts no more, and nothing that comes of it will. */
  retire(prefix: string): void {
    const group = groupOf(prefix);
    const count = this.#groups.get(group);
    this.all -= count?.all ?? 0;
    this.missing -= count?.missing ?? 0;
    this.#groups.delete(group);
    this.#retired.add(group);
    const [oldest] = this.#retired;
    if (this.#retired.size > mostRetired && oldest !== undefined) this.#retired.delete(oldest);
  }

  get hasRetired(): boolean {
    return this.#retired.size > 0;
  }

  isRetired(partition: string): boolean {
    return this.#retired.has(groupOf(partition));
  }

  #countOf(group: number, before: Presence): GroupCount | undefined {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    // What was there before it was counted is of a group that has been retired.
    if (before !== presences.none || this.#retired.has(group)) return undefined;
    const count = { all: 0, missing: 0 };
    this.#groups.set(group, count);
    return count;
  }
}

/** The first four bytes. */
function groupOf(partition: string): number {
  let group = 0;
  for (let at = 0; at < 4; at += 1) group = (group << 8) | (partition.charCodeAt(at) | 0);
  return group;
}
