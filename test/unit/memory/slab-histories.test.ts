import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlabRowStore } from '../../../src/adapters/memory/slab-row-store.ts';
import type { RowStore, StoredRead } from '../../../src/core/cache/row-store.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { storedRead } from '../../support/stored-reads.ts';

/** Small, so that most histories go round the slabs several times. */
const maxBytes = 64 * 1024;
const partitions = Array.from({ length: 24 }, (_, index) => 'p'.repeat((index % 5) * 40 + 1) + index);
const clusterings = ['', '', 'a', 'b', 'c'.repeat(90)];
const selections = [1, 2];

interface Step {
  readonly kind: 'put' | 'find' | 'delete' | 'clear';
  readonly partition: string;
  readonly selection: number;
  readonly clustering: string;
  readonly rows: readonly string[];
}

const row = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 900 }).map((length) => 'x'.repeat(length)) },
  { weight: 1, arbitrary: fc.nat({ max: 300 }).map((length) => '東ß'.repeat(length)) },
  { weight: 1, arbitrary: fc.nat({ max: 5_000 }).map((length) => 'y'.repeat(length)) },
);
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 60, arbitrary: fc.constant('put' as const) },
    { weight: 40, arbitrary: fc.constant('find' as const) },
    { weight: 8, arbitrary: fc.constant('delete' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  ),
  partition: fc.constantFrom(...partitions),
  selection: fc.constantFrom(...selections),
  clustering: fc.constantFrom(...clusterings),
  rows: fc.array(row, { maxLength: 3 }),
});

/** All that was put and not taken back; what the store may have pushed out since is in it too. */
class Model {
  readonly #reads = new Map<string, Map<string, StoredRead>>();

  of(partition: string): ReadonlyMap<string, StoredRead> {
    return this.#reads.get(partition) ?? new Map();
  }

  put(partition: string, read: StoredRead): void {
    const reads = new Map(this.of(partition)).set(`${read.selection}:${read.clustering}`, read);
    this.#reads.set(partition, reads);
  }

  delete(partition: string): void {
    this.#reads.delete(partition);
  }

  clear(): void {
    this.#reads.clear();
  }

  /** Which of the reads the store still has; each as it was put. */
  keptIn(store: RowStore, partition: string): StoredRead[] {
    return [...this.of(partition).values()].filter((read) => {
      const kept = store.peek(partition, read.selection, read.clustering);
      if (kept !== undefined) expect(kept).toEqual(read);
      return kept !== undefined;
    });
  }
}

function take(
  store: RowStore,
  model: Model,
  { kind, partition, selection, clustering, rows }: Step,
  at: number,
): void {
  switch (kind) {
    case 'put': {
      const read = storedRead({ selection, clustering, rows, readAtMs: at });
      model.put(partition, read);
      store.put(partition, read);
      break;
    }
    case 'find': {
      const found = store.find(partition, selection, clustering);
      const put = model.of(partition).get(`${selection}:${clustering}`);
      if (found !== undefined) expect(found).toEqual(put);
      break;
    }
    case 'delete': {
      const isThere = model.keptIn(store, partition).length > 0;
      expect(store.delete(partition)).toBe(isThere);
      model.delete(partition);
      break;
    }
    case 'clear':
      store.clear();
      model.clear();
  }
}

describe('any history of a slab row store', () => {
  it('gives what was put last or nothing, stays in its bounds and counts what is there', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 300, size: 'max' }), (steps) => {
        const store = createSlabRowStore({ maxBytes });
        const model = new Model();
        let [mostBytes, mostMissing] = [0, 0];
        for (const [at, next] of steps.entries()) {
          take(store, model, next, at);
          const { bytes, missingBytes } = store.stats();
          mostBytes = Math.max(mostBytes, bytes);
          mostMissing = Math.max(mostMissing, missingBytes);
        }
        expect(mostBytes).toBeLessThanOrEqual(maxBytes);
        expect(mostMissing).toBeLessThanOrEqual(maxBytes / 10);
        const kept = partitions.map((partition) => model.keptIn(store, partition));
        const present = kept.filter((reads) => reads.length > 0);
        const missing = present.filter((reads) => reads.every(({ rows }) => rows.length === 0));
        expect(store.stats()).toMatchObject({
          partitions: present.length,
          missingPartitions: missing.length,
        });
      }),
      { numRuns: propertyRuns(60) },
    );
  });

  it('keeps what was put last, where it is not too large', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 300, size: 'max' }), (steps) => {
        const store = createSlabRowStore({ maxBytes });
        for (const { partition, selection, clustering, rows } of steps) {
          const read = storedRead({ selection, clustering, rows: rows.map((text) => text.slice(0, 450)) });
          store.put(partition, read);
          expect(store.peek(partition, selection, clustering)).toEqual(read);
        }
      }),
      { numRuns: propertyRuns(60) },
    );
  });
});
