import { beforeEach, describe, expect, it } from 'vitest';
import type { RowStore, StoredRead } from '../../src/core/cache/row-store.ts';
import { consistencies } from '../../src/core/ports.ts';
import { storedRead } from '../support/stored-reads.ts';

/** What every `RowStore` does while there is room. */
export function describeRowStore(name: string, create: () => RowStore): void {
  describe(name, () => {
    let store: RowStore;
    beforeEach(() => {
      store = create();
    });

    const keptRows: readonly { readonly why: string; readonly rows: readonly string[] }[] = [
      { why: 'one row', rows: ['{"a":1}'] },
      { why: 'no row', rows: [] },
      { why: 'several rows, one of them empty text', rows: ['{"a":1}', '', '{"a":333}'] },
      { why: 'characters of two bytes', rows: ['{"a":"Größe"}', '{"b":1}'] },
      {
        why: 'characters of three and four bytes, and the last of one',
        rows: ['{"a":"東京 😀 \u007f"}', '{"ÿ":0}'],
      },
      { why: 'a null character', rows: ['{"a":"\0"}'] },
      { why: 'a row of many lengths of a line', rows: [`{"a":"${'x'.repeat(10_000)}"}`] },
    ];
    it.each(keptRows)('gives back what was put: $why', ({ rows }) => {
      const read = storedRead({ rows });
      store.put('p', read);
      expect(store.find('p', 1, '')).toEqual(read);
      expect(store.peek('p', 1, '')).toEqual(read);
    });

    it.each(consistencies)('keeps that a read was made at %s', (consistency) => {
      store.put('p', storedRead({ consistency }));
      expect(store.find('p', 1, '')?.consistency).toBe(consistency);
    });

    it('keeps limit, datacenter, truncation and times as they were', () => {
      const read = storedRead({
        limit: 1,
        datacenter: 'Süd-2',
        truncated: true,
        readAtMs: 0.1 + 0.2,
        freshUntilMs: 1e15,
        usableUntilMs: 1e15 + 1,
      });
      store.put('p', read);
      expect(store.find('p', 1, '')).toEqual(read);
    });

    it('tells partitions apart by every byte', () => {
      const partitions = ['', '\0', '\0\0', '\xff', '\x7f', 'p', 'pp', 'q'];
      for (const partition of partitions) store.put(partition, storedRead({ rows: [partition] }));
      const rows = partitions.map((partition) => store.find(partition, 1, '')?.rows);
      expect(rows).toEqual(partitions.map((partition) => [partition]));
    });

    it('tells reads of one partition apart by selection and clustering key', () => {
      const reads = readsOfOnePartition();
      for (const read of reads) store.put('p', read);
      const found = reads.map(({ selection, clustering }) => store.find('p', selection, clustering));
      expect(found).toEqual(reads);
      expect(store.stats().partitions).toBe(1);
    });

    it('finds nothing under a selection, a clustering key or a partition that was not put', () => {
      for (const read of readsOfOnePartition()) store.put('p', read);
      expect(store.find('p', 3, '')).toBeUndefined();
      expect(store.find('p', 1, 'c')).toBeUndefined();
      expect(store.find('q', 1, '')).toBeUndefined();
      expect(store.find('q', 1, 'a')).toBeUndefined();
    });

    it.each(['', 'a'])(
      'puts a read in place of its like, be it longer or shorter (clustering "%s")',
      (clustering) => {
        for (const length of [100, 300, 10, 0, 200]) {
          const read = storedRead({
            clustering,
            rows: length === 0 ? [] : ['x'.repeat(length)],
            readAtMs: length,
          });
          store.put('p', read);
          expect(store.find('p', 1, clustering)).toEqual(read);
        }
        expect(store.stats().partitions).toBe(1);
      },
    );

    it('gives out rows that stay right when their place is used again', () => {
      store.put('p', storedRead({ rows: ['{"a":"old"}', '{"b":"old"}'] }));
      const taken = store.find('p', 1, '');
      store.put('p', storedRead({ rows: ['{"a":"new"}', '{"b":"new"}'] }));
      expect(taken?.rows).toEqual(['{"a":"old"}', '{"b":"old"}']);
    });

    it('deletes a partition with all of its reads, and no other', () => {
      for (const read of readsOfOnePartition()) {
        store.put('p', read);
        store.put('q', read);
      }
      expect(store.delete('p')).toBe(true);
      for (const read of readsOfOnePartition()) {
        expect(store.peek('p', read.selection, read.clustering)).toBeUndefined();
        expect(store.peek('q', read.selection, read.clustering)).toEqual(read);
      }
      expect(store.stats().partitions).toBe(1);
    });

    it('finds only the new reads of a partition that was deleted and came back', () => {
      for (const read of readsOfOnePartition()) store.put('p', read);
      store.delete('p');
      store.put('p', storedRead({ clustering: 'a', rows: ['new'] }));
      expect(store.find('p', 1, 'a')?.rows).toEqual(['new']);
      expect(store.find('p', 2, 'a')).toBeUndefined();
      expect(store.find('p', 1, 'b')).toBeUndefined();
      expect(store.find('p', 1, '')).toBeUndefined();
    });

    it('says whether there was a partition to delete', () => {
      store.put('p', storedRead());
      expect([store.delete('q'), store.delete('p'), store.delete('p')]).toEqual([false, true, false]);
    });

    it('counts nothing of a group that was retired, and leaves other groups alone', () => {
      for (const read of readsOfOnePartition()) {
        store.put('aaaap', read);
        store.put('bbbbp', read);
      }
      store.put('aaaaq', storedRead({ rows: [] }));
      store.retire('aaaa');
      expect(store.stats()).toMatchObject({ partitions: 1, missingPartitions: 0, evictions: 0 });
      for (const read of readsOfOnePartition()) {
        expect(store.peek('bbbbp', read.selection, read.clustering)).toEqual(read);
      }
      store.delete('bbbbp');
      expect(store.stats().partitions).toBe(0);
    });

    it('is empty once it is cleared, and keeps again', () => {
      for (const read of readsOfOnePartition()) store.put('p', read);
      store.clear();
      expect(store.find('p', 1, '')).toBeUndefined();
      expect(store.find('p', 1, 'a')).toBeUndefined();
      expect(store.stats()).toMatchObject({ partitions: 0, missingPartitions: 0, bytes: 0, missingBytes: 0 });
      store.put('p', storedRead());
      expect(store.find('p', 1, '')).toEqual(storedRead());
    });
  });
}

/** Of two selections, whole and by row, with rows and without. */
function readsOfOnePartition(): readonly StoredRead[] {
  return ['', 'a', 'b', 'ab'].flatMap((clustering) =>
    [1, 2].map((selection) =>
      storedRead({ selection, clustering, rows: clustering === 'b' ? [] : [`${clustering}-${selection}`] }),
    ),
  );
}
