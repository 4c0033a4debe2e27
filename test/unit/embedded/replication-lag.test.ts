import { describe, expect, it } from 'vitest';
import { LateWrites } from '../../../src/adapters/embedded/late-writes.ts';
import { TableLayout } from '../../../src/adapters/embedded/table-layout.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { type EmbeddedRing, openEmbeddedRing } from './embedded-ring.ts';
import { endOf, readPage, upsert, valueAt, write } from './ring-jobs.ts';

/** The second owner of key 1 is 100 ms late. */
function openLagging(): { ring: EmbeddedRing; prompt: ClusterNode; late: ClusterNode } {
  const ring = openEmbeddedRing({ readTimeoutMs: 1_000 });
  const [prompt, late] = ring.owners(ring.key(1));
  if (prompt === undefined || late === undefined) throw new Error('the key needs two owners');
  ring.cluster.setReplicationLag(late, 100);
  return { ring, prompt, late };
}

describe('a replica that is late', () => {
  it('tells what was there before until the write has reached it', async () => {
    const { ring, prompt, late } = openLagging();
    const key = ring.key(1);
    const area = { kind: 'partition', key } as const;
    const written = await endOf(ring, write(ring, prompt, [upsert(ring, key, 10, 1n)]));
    expect(written).toEqual({ result: undefined, atMs: 0 });
    expect(await valueAt(ring, prompt, key)).toBe(10);
    expect(await valueAt(ring, late, key)).toBe(1);
    expect((await readPage(ring, late, { area })).rows).toEqual([['1', 1]]);
    expect((await readPage(ring, prompt, { area })).rows).toEqual([['1', 10]]);
    await ring.clock.advance(99);
    expect(await valueAt(ring, late, key)).toBe(1);
    await ring.clock.advance(1);
    expect(await valueAt(ring, late, key)).toBe(10);
    expect((await readPage(ring, late, { area })).rows).toEqual([['1', 10]]);
  });

  it('is outvoted by another one that is asked with it', async () => {
    const { ring, prompt, late } = openLagging();
    await write(ring, prompt, [upsert(ring, ring.key(1), 10, 1n)]);
    expect(await valueAt(ring, late, ring.key(1), 'LOCAL_QUORUM')).toBe(10);
  });

  it('acknowledges late, and holds up only who waits for it', async () => {
    const { ring, prompt } = openLagging();
    const change = [upsert(ring, ring.key(1), 10, 1n)];
    expect((await endOf(ring, write(ring, prompt, change, { consistency: 'QUORUM' }))).atMs).toBe(0);
    expect(await endOf(ring, write(ring, prompt, change, { consistency: 'LOCAL_QUORUM' }))).toEqual({
      result: undefined,
      atMs: 100,
    });
  });

  it('makes those time out who would wait for too long', async () => {
    const { ring, prompt, late } = openLagging();
    ring.cluster.setReplicationLag(late, 5_000);
    const asking = write(ring, prompt, [upsert(ring, ring.key(1), 10, 1n)], { consistency: 'ALL' });
    expect(await endOf(ring, asking)).toEqual({ result: 'write-timeout', atMs: 1_000 });
  });

  it('has the writes that came in time, and not those that came later, also where it had no partition at all', async () => {
    const { ring, prompt, late } = openLagging();
    const key = [...Array(1_000).keys()]
      .map((number) => ring.key(`new ${number}`))
      .find((each) => ring.owners(each).includes(prompt) && ring.owners(each).includes(late));
    if (key === undefined) throw new Error('the two nodes share nothing');
    await write(ring, prompt, [upsert(ring, key, 1, 1n)]);
    await ring.clock.advance(60);
    await write(ring, prompt, [upsert(ring, key, 2, 2n)]);
    const seen = [];
    for (const passMs of [0, 39, 1, 59, 1]) {
      await ring.clock.advance(passMs);
      seen.push(await valueAt(ring, late, key));
    }
    expect(seen).toEqual([undefined, undefined, 1, 1, 2]);
  });

  it('tells what an earlier write made of the partition, while the next one has not reached it', async () => {
    const { ring, prompt, late } = openLagging();
    await write(ring, prompt, [upsert(ring, ring.key(1), 10, 1n)]);
    await ring.clock.advance(100);
    await write(ring, prompt, [upsert(ring, ring.key(1), 20, 2n)]);
    expect(await valueAt(ring, late, ring.key(1))).toBe(10);
  });

  it('costs no memory beyond the time for which it is late', () => {
    const layout = new TableLayout(openEmbeddedRing().statement.table, new Set(), nodeText);
    const late = new LateWrites(layout);
    const change = { kind: 'delete-partition', micros: 1n } as const;
    for (let writtenMs = 0; writtenMs < 1_000; writtenMs += 1) {
      late.record(`${writtenMs}`, undefined, { change, writtenMs, lags: new Map([['a', 10]]) });
      expect(late.size).toBeLessThanOrEqual(10);
    }
    late.record('prompt', undefined, { change, writtenMs: 2_000, lags: new Map() });
    expect(late.size).toBe(0);
  });

  it('is so for a whole datacenter that the write does not wait for', async () => {
    const ring = openEmbeddedRing();
    const key = ring.key(1);
    const [front] = ring.owners(key);
    const [back] = ring.owners(key, 'back');
    if (front === undefined || back === undefined) throw new Error('the key needs owners');
    for (const node of ring.owners(key)) ring.cluster.setReplicationLag(node, 300);
    const asking = write(ring, back, [upsert(ring, key, 10, 1n)], { consistency: 'LOCAL_QUORUM' });
    expect((await endOf(ring, asking)).atMs).toBe(0);
    expect(await valueAt(ring, front, key, 'LOCAL_QUORUM')).toBe(1);
    await ring.clock.advance(300);
    expect(await valueAt(ring, front, key, 'LOCAL_QUORUM')).toBe(10);
  });

  it('ceases to be at 0, and refuses what is no time', async () => {
    const { ring, prompt, late } = openLagging();
    ring.cluster.setReplicationLag(late, 0);
    await write(ring, prompt, [upsert(ring, ring.key(1), 10, 1n)]);
    expect(await valueAt(ring, late, ring.key(1))).toBe(10);
    expect(() => ring.cluster.setReplicationLag(late, -1)).toThrow(RangeError);
    expect(() => ring.cluster.setReplicationLag(late, Number.NaN)).toThrow(RangeError);
  });
});
