import { describe, expect, it } from 'vitest';
import { type ReplicaErrorName, replicaErrorNames } from '../../../src/core/errors.ts';
import type { PageRead } from '../../../src/core/ports.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { ringOf } from '../../support/ring-states.ts';
import { makeState } from '../../support/rings.ts';
import { inOrder, makeRows } from '../../support/scan-cluster.ts';
import { readAll, rowsOf, type ScanScene, setUpScans, sixNodes } from '../../support/scripted-scans.ts';

/** Three nodes that have everything. */
const threeNodes = makeState([
  { nodes: 3, racks: 3, replicationFactor: 3, tokensPerNode: 1, datacenter: 'dc' },
]);

/** The first so many messages end like this. */
function failFirst({ cluster }: ScanScene, count: number, error: ReplicaErrorName): void {
  let failed = 0;
  cluster.fate = () => {
    failed += 1;
    return failed <= count ? error : undefined;
  };
}

function nodesOf(asked: readonly PageRead[]): string[] {
  return asked.map(({ node }) => node.id);
}

describe('a page that fails', () => {
  it('is asked of another owner, whatever it failed of but a refusal of the statement', async () => {
    const rows = makeRows(1, 10);
    for (const error of replicaErrorNames) {
      const scene = setUpScans(rows, { state: threeNodes });
      failFirst(scene, 1, error);
      const stream = await scene.open({});
      const lines = await readAll(scene.clock, stream);
      const isFinal = error === 'rejected';
      expect(rowsOf(lines)).toEqual(isFinal ? [] : inOrder(rows));
      expect(stream.account().retries).toBe(isFinal ? 0 : 1);
      if (!isFinal) expect(new Set(nodesOf(scene.cluster.asked.slice(0, 2))).size).toBe(2);
    }
  });

  it('ends the scan after three owners, with the place where to go on', async () => {
    const rows = makeRows(1, 30);
    const scene = setUpScans(rows, { state: sixNodes });
    const stream = await scene.open({ key: 'device-0', pageSize: 10 });
    const first = await scene.clock.runUntil(stream.next());
    expect(first).not.toBe(undefined);
    const before = scene.cluster.asked.length;
    scene.cluster.fate = () => 'read-failure';
    const prefetched = await readAll(scene.clock, stream);
    const tried = nodesOf(scene.cluster.asked.slice(before));
    expect(tried).toHaveLength(3);
    expect(new Set(tried).size).toBe(3);
    const last = prefetched.at(-1)?.error;
    expect(last).toMatchObject({
      type: '/problems/replica-failure',
      title: 'The owner of the key failed to serve it',
    });
    expect(scene.ended.at(-1)).toMatchObject({ outcome: 'failed', problem: 'replica-failure' });
    scene.cluster.fate = () => undefined;
    const rest = await readAll(scene.clock, await scene.open({ cursor: last?.cursor }));
    expect(rowsOf([...prefetched, ...rest])).toEqual(rows.slice(10));
  });

  it('takes its page state to the next owner, and stays there', async () => {
    const rows = makeRows(1, 50);
    const scene = setUpScans(rows, { state: threeNodes });
    const stream = await scene.open({ pageSize: 10 });
    await scene.clock.runUntil(stream.next());
    const [first] = nodesOf(scene.cluster.asked);
    scene.cluster.fate = ({ node }) => (node.id === first ? 'connection-lost' : undefined);
    const lines = await readAll(scene.clock, stream);
    expect(rowsOf(lines)).toHaveLength(40);
    // The second page was there already.
    const [, second, failed, third, ...others] = nodesOf(scene.cluster.asked);
    expect([second, failed]).toEqual([first, first]);
    expect(third).not.toBe(first);
    expect(new Set(others)).toEqual(new Set([third]));
  });

  it('because its owner went down goes on with one that owns what comes', async () => {
    const rows = makeRows(400, 1);
    const scene = setUpScans(rows);
    const ring = ringOf(sixNodes);
    const stream = await scene.open({ pageSize: 10 });
    const lines = [await scene.clock.runUntil(stream.next())];
    const down = scene.cluster.asked[0]?.node.id as string;
    scene.cluster.down.add(down);
    const before = scene.cluster.asked.length;
    lines.push(...(await readAll(scene.clock, stream)).map((line) => `${JSON.stringify(line)}\n`));
    expect(lines.join('').match(/"row"/g)).toHaveLength(400);
    const later = scene.cluster.asked.slice(before);
    expect(nodesOf(later)).not.toContain(down);
    expect(stream.account().retries).toBe(0);
    // Each page comes from an owner of its first row.
    const answered = scene.messages.slice(before);
    expect(answered).toHaveLength(later.length);
    const all = inOrder(rows);
    let delivered = 20;
    for (const { node, rows: wanted, area } of later) {
      const next = all[delivered];
      if (next === undefined || area.kind !== 'range') break;
      const token = tokenOfKey([new TextEncoder().encode(next.device)]);
      if (token.hi > area.upTo.hi) continue;
      if (delivered < 40) expect(ring.owners(token, 'dc')).toContain(node);
      delivered += wanted;
    }
  });

  it('is asked of nobody else when the scan is to stop', async () => {
    for (const isCancelled of [true, false]) {
      const scene = setUpScans(makeRows(1, 10), { state: threeNodes });
      scene.cluster.fate = () => 'overloaded';
      scene.cluster.delayMs = 100;
      const stream = await scene.open({});
      if (isCancelled) stream.cancel();
      else scene.end();
      const lines = await readAll(scene.clock, stream);
      await scene.clock.advance(1_000);
      expect(lines.map(({ end }) => end?.complete)).toEqual(isCancelled ? [] : [false]);
      expect(scene.cluster.asked).toHaveLength(1);
    }
  });

  it('for want of any owner that is up ends the scan', async () => {
    const scene = setUpScans(makeRows(1, 10));
    for (const { id } of sixNodes.nodes) scene.cluster.down.add(id);
    const lines = await readAll(scene.clock, await scene.open({}));
    expect(lines.map(({ error }) => error?.type)).toEqual(['/problems/no-replica']);
  });
});

describe('a page that may have been too large', () => {
  const tooLarge: readonly ReplicaErrorName[] = ['client-timeout', 'read-timeout', 'read-failure'];

  it.each(tooLarge)('and failed by %s is asked for again with a quarter of its rows', async (error) => {
    const rows = makeRows(1, 60);
    const scene = setUpScans(rows, { state: threeNodes });
    await readAll(scene.clock, await scene.open({}));
    const before = scene.cluster.asked.length;
    scene.cluster.fate = ({ rows: asked }) => (asked > 5 ? error : undefined);
    expect(rowsOf(await readAll(scene.clock, await scene.open({ limit: 40 })))).toEqual(rows.slice(0, 40));
    const asked = scene.cluster.asked.slice(before);
    expect(asked.slice(0, 3).map((request) => request.rows)).toEqual([40, 10, 2]);
    expect(asked.slice(3, 6).map((request) => request.rows)).toEqual([3, 4, 5]);
  });

  it('keeps its page state, and no row is lost or doubled', async () => {
    const rows = makeRows(1, 200);
    const scene = setUpScans(rows, { state: threeNodes });
    scene.cluster.fate = ({ rows: asked }) => (asked > 30 ? 'read-timeout' : undefined);
    const lines = await readAll(scene.clock, await scene.open({}));
    expect(rowsOf(lines)).toEqual(rows);
    const [, failed, again] = scene.cluster.asked;
    expect([failed?.rows, again?.rows]).toEqual([80, 20]);
    expect(again?.pageState).toBe(failed?.pageState);
  });

  it('has so few rows where its scan is begun again', async () => {
    const rows = makeRows(1, 200);
    const scene = setUpScans(rows, { state: threeNodes });
    await readAll(scene.clock, await scene.open({}));
    scene.cluster.fate = ({ rows: asked }) => (asked > 1 ? 'read-timeout' : undefined);
    const failed = await readAll(scene.clock, await scene.open({}));
    expect(failed.at(-1)?.error?.type).toBe('/problems/replica-timeout');
    const before = scene.cluster.asked.length;
    const again = await scene.open({ cursor: failed.at(-1)?.error?.cursor, limit: 3 });
    expect(rowsOf(await readAll(scene.clock, again))).toEqual(rows.slice(0, 3));
    expect(scene.cluster.asked[before]?.rows).toBeLessThanOrEqual(3);
  });

  it('is as large as before where it failed of something else', async () => {
    const scene = setUpScans(makeRows(1, 60), { state: threeNodes });
    failFirst(scene, 2, 'overloaded');
    await readAll(scene.clock, await scene.open({}));
    expect(scene.cluster.asked.slice(0, 3).map((request) => request.rows)).toEqual([10, 10, 10]);
  });
});

describe('a page without an answer', () => {
  it('has failed after its time, and another owner is asked', async () => {
    const rows = makeRows(1, 10);
    const scene = setUpScans(rows, { state: threeNodes });
    let sent = 0;
    scene.cluster.fate = () => {
      sent += 1;
      return sent === 1 ? 'never' : undefined;
    };
    const startedMs = scene.clock.nowMs();
    const stream = await scene.open({}, { pageTimeoutMs: 1_500 });
    const lines = await readAll(scene.clock, stream);
    expect(rowsOf(lines)).toEqual(rows);
    expect(scene.clock.nowMs() - startedMs).toBe(1_500);
    expect(scene.health.notes[0]?.map(([what]) => what)).toEqual(['overdue', 'overdue', 'failed']);
    // The adapter has not given it up.
    expect(scene.inFlight.messages().size).toBe(1);
  });

  it('says nothing against its node where the caller is impatient', async () => {
    const scene = setUpScans(makeRows(1, 10), { state: threeNodes });
    scene.cluster.fate = () => 'never';
    const lines = await readAll(scene.clock, await scene.open({}, { pageTimeoutMs: 200 }));
    expect(lines.at(-1)?.error?.type).toBe('/problems/replica-timeout');
    expect(scene.health.notes).toEqual([0, 200, 400].map((ms) => [['dismissed', 1_000_200 + ms]]));
  });
});

describe('what nodes are told of pages', () => {
  it('is that they answered, or failed where it was their fault', async () => {
    const scene = setUpScans(makeRows(1, 2), { state: threeNodes });
    const fates: (ReplicaErrorName | undefined)[] = ['overloaded', 'read-timeout', undefined];
    scene.cluster.fate = () => fates.shift();
    await readAll(scene.clock, await scene.open({}));
    expect(scene.health.notes.map((notes) => notes.map(([what]) => what))).toEqual([
      ['failed'],
      ['dismissed'],
      ['answered'],
    ]);
    expect(scene.messages.map(({ outcome }) => outcome)).toEqual(['overloaded', 'read-timeout', 'ok']);
    expect(scene.inFlight.messages().size).toBe(0);
  });

  it('who are not well get a copy of one row, and nobody waits for that', async () => {
    const rows = makeRows(1, 10);
    const scene = setUpScans(rows, { state: threeNodes });
    const sick = 'dc-1';
    scene.health.standings.set(sick, 'suspect');
    scene.health.probesDue.add(sick);
    scene.cluster.fate = ({ node }) => (node.id === sick ? 'never' : undefined);
    const lines = await readAll(scene.clock, await scene.open({}));
    expect(rowsOf(lines)).toEqual(rows);
    const probes = scene.cluster.asked.filter(({ node }) => node.id === sick);
    expect(probes.map((request) => request.rows)).toEqual([1]);
  });
});

describe('a scan without room for its messages', () => {
  it('waits for room', async () => {
    const rows = makeRows(1, 10);
    const scene = setUpScans(rows, { state: threeNodes });
    scene.inFlight.begin(sixNodes.nodes[0] as (typeof sixNodes.nodes)[0], 1_000);
    const stream = await scene.open({});
    const reading = readAll(scene.clock, stream);
    scene.clock.after(500, () => scene.inFlight.end(sixNodes.nodes[0] as (typeof sixNodes.nodes)[0], 1_000));
    expect(rowsOf(await reading)).toEqual(rows);
  });

  it('ends as overload when there is none for as long as a page may take', async () => {
    const scene = setUpScans(makeRows(1, 10), { state: threeNodes });
    scene.inFlight.begin(sixNodes.nodes[0] as (typeof sixNodes.nodes)[0], 1_000);
    const lines = await readAll(scene.clock, await scene.open({}, { pageTimeoutMs: 800 }));
    expect(lines.at(-1)?.error?.type).toBe('/problems/overload');
    expect(scene.cluster.asked).toEqual([]);
  });

  it('asks another owner where one has all that it may have', async () => {
    const rows = makeRows(1, 10);
    const scene = setUpScans(rows, { state: threeNodes });
    const [busy] = threeNodes.nodes;
    if (busy === undefined) throw new Error('no node');
    for (let message = 0; message < 8; message += 1) scene.inFlight.begin(busy, 0);
    await readAll(scene.clock, await scene.open({}));
    expect(nodesOf(scene.cluster.asked)).not.toContain(busy.id);
  });
});
