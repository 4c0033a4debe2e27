import { compareTokens, type Token } from '../../core/token/token.ts';

/** A partition by the bytes of its key, a character a byte, and where it stands on the ring. */
export interface OrderedPartition {
  readonly identity: string;
  readonly token: Token;
}

/**
 * The partitions of a table in the order of a scan: by token, those of one token by the bytes of their keys. Sorted when
 * first asked for; what was added since is sorted alone and merged in. Partitions are never taken out.
 */
export class PartitionOrder {
  readonly #tokenOf: (identity: string) => Token;
  #ordered: readonly OrderedPartition[] = [];
  #added: string[] = [];

  constructor(tokenOf: (identity: string) => Token) {
    this.#tokenOf = tokenOf;
  }

  /** Must not have been added before. */
  add(identity: string): void {
    this.#added.push(identity);
  }

  all(): readonly OrderedPartition[] {
    if (this.#added.length === 0) return this.#ordered;
    const added = this.#added.map((identity) => ({ identity, token: this.#tokenOf(identity) }));
    this.#added = [];
    added.sort(comparePartitions);
    this.#ordered = this.#ordered.length === 0 ? added : merge(this.#ordered, added);
    return this.#ordered;
  }

  /** How many stand at the token or before it. */
  countUpTo(token: Token): number {
    return this.#countWhile((partition) => compareTokens(partition.token, token) <= 0);
  }

  /** How many stand before the partition, which need not be there itself. */
  countBefore(partition: OrderedPartition): number {
    return this.#countWhile((other) => comparePartitions(other, partition) < 0);
  }

  #countWhile(comesBefore: (partition: OrderedPartition) => boolean): number {
    const ordered = this.all();
    let low = 0;
    let high = ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comesBefore(ordered[middle] as OrderedPartition)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function comparePartitions(one: OrderedPartition, other: OrderedPartition): number {
  return (
    compareTokens(one.token, other.token) ||
    (one.identity === other.identity ? 0 : one.identity < other.identity ? -1 : 1)
  );
}

function merge(one: readonly OrderedPartition[], other: readonly OrderedPartition[]): OrderedPartition[] {
  const merged: OrderedPartition[] = [];
  let next = 0;
  for (const partition of one) {
    for (; next < other.length; next += 1) {
      const added = other[next] as OrderedPartition;
      if (comparePartitions(added, partition) > 0) break;
      merged.push(added);
    }
    merged.push(partition);
  }
  return [...merged, ...other.slice(next)];
}
