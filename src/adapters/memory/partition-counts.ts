/** What there is of a partition: nothing, only reads that found nothing, or a read with rows. */
export const presences = { none: 0, missing: 1, found: 2 } as const;
export type Presence = (typeof presences)[keyof typeof presences];

/** How many partitions there are, told of each change of one. */
export class PartitionCounts {
  all = 0;
  missing = 0;
  /** Pushed out since the start. */
  evictions = 0;

  /** Whether the partition is gone by it. */
  settle(before: Presence, after: Presence): boolean {
    if (before === after) return false;
    if (before === presences.none) this.all += 1;
    if (after === presences.none) this.all -= 1;
    if (before === presences.missing) this.missing -= 1;
    if (after === presences.missing) this.missing += 1;
    return after === presences.none;
  }
}
