import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ReplicaErrorName } from '../../../src/core/errors.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { makeState } from '../../support/rings.ts';
import { inOrder, makeRows } from '../../support/scan-cluster.ts';
import {
  linesOf,
  makeApplication,
  rowsOf,
  type ScanLine,
  type ScanScene,
  setUpScans,
} from '../../support/scripted-scans.ts';

const anyHistory = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  nodes: fc.integer({ min: 1, max: 7 }),
  tokensPerNode: fc.constantFrom(1, 3, 8),
  replicationFactor: fc.integer({ min: 1, max: 3 }),
  devices: fc.integer({ min: 0, max: 40 }),
  rowsEach: fc.constantFrom(1, 5),
  pageSize: fc.constantFrom(1, 5, 40),
  failureShare: fc.constantFrom(0, 0.1, 0.4),
  limit: fc.option(fc.integer({ min: 10, max: 90 }), { nil: undefined }),
  isCutOften: fc.boolean(),
});

const failures: readonly ReplicaErrorName[] = [
  'overloaded',
  'read-timeout',
  'client-timeout',
  'connection-lost',
  'node-gone',
  'unknown',
];

/**
 * Rows of all streams until one is complete: whatever ends early goes on by the cursor of its last line or, as after a
 * crash, by its last checkpoint, without the rows behind that.
 */
async function scanToTheEnd(
  { clock, call }: ScanScene,
  body: object,
  more: { readonly isToCrash: () => boolean; readonly limit: number | undefined },
): Promise<ScanLine[]> {
  const kept: ScanLine[] = [];
  let next: object = { ...body, limit: more.limit };
  for (let streams = 0; streams < 5_000; streams += 1) {
    const begun = await clock.runUntil(
      call(next, { application: { ...makeApplication(), datacenters: ['dc', 'far'] } }),
    );
    if (begun.kind !== 'stream') throw new Error('refused');
    const own: ScanLine[] = [];
    for (;;) {
      const text = await clock.runUntil(begun.stream.next());
      if (text === undefined) break;
      own.push(...linesOf(text));
      if (more.isToCrash()) begun.stream.cancel();
    }
    const last = own.at(-1);
    if (last?.end?.complete === true) return [...kept, ...own];
    const known = own.findLastIndex((line) => (line.checkpoint ?? line.end ?? line.error) !== undefined);
    const line = own[known];
    const cursor = line?.checkpoint?.cursor ?? line?.end?.cursor ?? line?.error?.cursor;
    kept.push(...own.slice(0, known + 1));
    if (cursor !== undefined) next = { cursor, limit: more.limit };
  }
  throw new Error('it does not end');
}

describe('a scan, whatever happens to it', () => {
  it('delivers each row once, in the order of the table', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        const random = createSeededRandom(history.seed);
        const rows = makeRows(history.devices, history.rowsEach);
        const { nodes, tokensPerNode, replicationFactor, seed } = history;
        const shape = { nodes, racks: 3, replicationFactor, tokensPerNode };
        const state = makeState([
          { ...shape, seed, datacenter: 'dc' },
          { ...shape, nodes: 1, seed, datacenter: 'far' },
        ]);
        const scene = setUpScans(rows, { state });
        scene.cluster.fate = () => {
          if (random.next() >= history.failureShare) return undefined;
          return random.next() < 0.1 ? 'never' : failures[Math.floor(random.next() * failures.length)];
        };
        scene.cluster.delayMs = 300;
        if (history.isCutOften) scene.bounds.maxDurationMs = 1_500;
        const isToCrash = (): boolean => random.next() < 0.02;
        const lines = await scanToTheEnd(
          scene,
          { pageSize: history.pageSize },
          { isToCrash, limit: history.limit },
        );
        expect(rowsOf(lines)).toEqual(inOrder(rows));
        expect(scene.faults).toEqual([]);
        await scene.clock.advance(10_000);
        expect(scene.told.begun).toBe(scene.ended.length);
      }),
      { numRuns: propertyRuns(80) },
    );
  });

  it('delivers each row once where ranges are scanned that together are the ring, cut anywhere', async () => {
    const rows = makeRows(200, 1);
    const tokens = rows.map(({ device }) => tokenToDecimal(tokenOfKey([nodeText.utf8(device)])));
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 2n }),
            fc.constantFrom(...tokens.map(BigInt)),
          ),
          { maxLength: 9 },
        ),
        async (cuts) => {
          const scene = setUpScans(rows);
          const sorted = [...new Set(cuts)].sort((a, b) => (a < b ? -1 : 1)).map(String);
          const bounds = ['-9223372036854775808', ...sorted, '9223372036854775807'];
          const found: unknown[] = [];
          for (const [index, start] of bounds.slice(0, -1).entries()) {
            const range = { start, end: bounds[index + 1] };
            const more = { isToCrash: () => false, limit: undefined };
            found.push(...rowsOf(await scanToTheEnd(scene, { range }, more)));
          }
          expect(found).toEqual(inOrder(rows));
        },
      ),
      { numRuns: propertyRuns(25) },
    );
  });

  it('goes on rightly where the ring changes between its pages', async () => {
    const rows = makeRows(300, 2);
    const scene = setUpScans(rows);
    let pages = 0;
    scene.cluster.fate = () => {
      pages += 1;
      if (pages % 3 === 0) {
        scene.cluster.publish(
          makeState([
            { nodes: 3 + (pages % 5), racks: 3, replicationFactor: 2, seed: pages, datacenter: 'dc' },
          ]),
        );
      }
      return undefined;
    };
    const lines = await scanToTheEnd(scene, { pageSize: 20 }, { isToCrash: () => false, limit: undefined });
    expect(rowsOf(lines)).toEqual(inOrder(rows));
    expect(scene.told.begun).toBe(1);
  });

  it('gives the same rest from each of its checkpoints, on another instance too', async () => {
    const rows = makeRows(40, 100);
    const scene = setUpScans(rows);
    const never = { isToCrash: () => false, limit: undefined };
    const all = await scanToTheEnd(scene, { pageSize: 130 }, never);
    const places = all.flatMap(({ checkpoint }, index) => (checkpoint === undefined ? [] : [index]));
    expect(places.length).toBeGreaterThan(2);
    for (const place of places) {
      const cursor = all[place]?.checkpoint?.cursor;
      const before = rowsOf(all.slice(0, place));
      expect(all[place]?.checkpoint?.rows).toBe(before.length);
      const rest = await scanToTheEnd(setUpScans(rows), { cursor }, never);
      expect([...before, ...rowsOf(rest)]).toEqual(inOrder(rows));
      expect(rest.at(-1)).toEqual({ end: { rows: rows.length, complete: true } });
    }
  });
});
