import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { RequestError } from '../../../src/core/errors.ts';
import { nextToken } from '../../../src/core/scans/token-neighbours.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import { ringOf } from '../../support/ring-states.ts';
import { makeState } from '../../support/rings.ts';
import { inOrder, makeRows } from '../../support/scan-cluster.ts';
import {
  makeApplication,
  readAll,
  rowsOf,
  type ScanLine,
  type ScanScene,
  setUpScans,
  sixNodes,
} from '../../support/scripted-scans.ts';

/** All rows of everybody are on one node: one stretch, and pages as large as they may be. */
const oneNode = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, tokensPerNode: 1, datacenter: 'dc' }]);

function lastOf(lines: readonly ScanLine[]): ScanLine | undefined {
  return lines.at(-1);
}

async function refusalOf(call: Promise<unknown>): Promise<{ slug: string; pointers: string[] }> {
  const error = await call.then(
    () => undefined,
    (refusal: unknown) => refusal,
  );
  if (!(error instanceof RequestError)) throw new Error('not refused');
  return { slug: error.slug, pointers: error.faults.map(({ pointer }) => pointer) };
}

describe('a scan of a whole table', () => {
  it('has a line a row, and one that tells the end', async () => {
    const rows = makeRows(5, 2);
    const { clock, open, ended, told } = setUpScans(rows);
    const stream = await open({});
    const lines = await readAll(clock, stream);
    expect(rowsOf(lines)).toEqual(inOrder(rows));
    expect(lines.filter(({ checkpoint }) => checkpoint === undefined)).toHaveLength(11);
    expect(lastOf(lines)).toEqual({ end: { rows: 10, complete: true } });
    expect(await stream.next()).toBe(undefined);
    expect(stream.account()).toMatchObject({ rows: 10, retries: 0, outcome: 'complete' });
    expect(ended).toEqual([
      { application: 'report', keyspace: 'shop', table: 'events', outcome: 'complete', durationMs: 0 },
    ]);
    expect(told).toEqual({ begun: 1, pages: stream.account().pages });
  });

  it('of no rows has a last line as well', async () => {
    const { clock, open } = setUpScans([]);
    expect(await readAll(clock, await open({}))).toEqual([{ end: { rows: 0, complete: true } }]);
  });

  it('asks only owners, each for a stretch that is its own', async () => {
    const { clock, open, cluster } = setUpScans(makeRows(300, 1));
    await readAll(clock, await open({}));
    const ring = ringOf(sixNodes);
    for (const { node, area } of cluster.asked) {
      if (area.kind !== 'range') throw new Error('a partition');
      expect(ring.owners(nextToken(area.after), 'dc')).toContain(node);
      expect(ring.owners(area.upTo, 'dc')).toContain(node);
    }
    // 24 ranges of the ring.
    expect(cluster.asked.length).toBeLessThan(18);
    expect(new Set(cluster.asked.map(({ node }) => node.id)).size).toBeGreaterThan(1);
  });

  it('prepares one statement however many scans there are', async () => {
    const { clock, open, cluster } = setUpScans(makeRows(30, 1));
    await readAll(clock, await open({}));
    await readAll(clock, await open({}));
    expect(new Set(cluster.asked.map(({ statement }) => statement)).size).toBe(1);
  });

  it('gives the columns that were named, in that order', async () => {
    const { clock, open } = setUpScans(makeRows(1, 1));
    const lines = await readAll(clock, await open({ columns: ['note', 'device'] }));
    expect(JSON.stringify(lines[0])).toBe('{"row":{"note":"note 0","device":"device-0"}}');
  });

  it('gives only columns that are granted, and knows no others', async () => {
    const { clock, call, open } = setUpScans(makeRows(1, 1));
    const application = makeApplication('report', ['device', 'note']);
    const lines = await readAll(clock, await open({}, { application }));
    expect(lines[0]).toEqual({ row: { device: 'device-0', note: 'note 0' } });
    const refused = await refusalOf(call({ columns: ['at'] }, { application }));
    expect(refused).toEqual({ slug: 'impossible', pointers: ['/columns/0'] });
  });

  it('is refused where the application may not scan, or knows no such table', async () => {
    const { call } = setUpScans([]);
    const reader = { operations: new Set(['read'] as const), columns: undefined };
    const application = { ...makeApplication(), grants: new Map([['shop.events', reader]]) };
    expect((await refusalOf(call({}, { application }))).slug).toBe('operation-not-granted');
    expect((await refusalOf(call({}, { table: 'else' }))).slug).toBe('not-found');
  });
});

describe('a scan of a range', () => {
  it('leaves its start out and has its end', async () => {
    const rows = makeRows(20, 1);
    const tokens = inOrder(rows).map(({ device }) => tokenToDecimal(tokenOfKey([nodeText.utf8(device)])));
    const { clock, open } = setUpScans(rows);
    const lines = await readAll(clock, await open({ range: { start: tokens[4], end: tokens[9] } }));
    expect(rowsOf(lines)).toEqual(inOrder(rows).slice(5, 10));
  });
});

describe('a scan of a partition', () => {
  it('has its rows over many pages, all of one owner of the key', async () => {
    const rows = makeRows(3, 250);
    const { clock, open, cluster } = setUpScans(rows);
    const lines = await readAll(clock, await open({ key: 'device-1', pageSize: 60 }));
    expect(rowsOf(lines)).toEqual(rows.filter(({ device }) => device === 'device-1'));
    expect(cluster.asked).toHaveLength(5);
    expect(new Set(cluster.asked.map(({ node }) => node.id)).size).toBe(1);
    expect(cluster.asked.every(({ statement }) => statement.area === 'partition')).toBe(true);
  });

  it('goes on by its cursor', async () => {
    const rows = makeRows(3, 50);
    const { clock, open } = setUpScans(rows);
    const first = await readAll(clock, await open({ key: { device: 'device-1' }, limit: 20 }));
    const cursor = lastOf(first)?.end?.cursor;
    const rest = await readAll(clock, await open({ cursor, key: 'device-1' }));
    expect([...rowsOf(first), ...rowsOf(rest)]).toEqual(rows.slice(50, 100));
    expect(lastOf(rest)).toEqual({ end: { rows: 50, complete: true } });
  });
});

describe('the limit of a scan', () => {
  it('ends it with a cursor, and no row beyond is read', async () => {
    const rows = makeRows(1, 500);
    const { clock, open, cluster } = setUpScans(rows, { state: oneNode });
    const lines = await readAll(clock, await open({ limit: 130 }));
    expect(rowsOf(lines)).toHaveLength(130);
    expect(lastOf(lines)?.end).toMatchObject({ rows: 130, complete: false });
    expect(cluster.asked.map((request) => request.rows)).toEqual([10, 80, 40]);
  });

  it('counts for the call: the next one takes a new one, or all the rest', async () => {
    const rows = makeRows(1, 500);
    const { clock, open, cluster } = setUpScans(rows, { state: oneNode });
    const first = await readAll(clock, await open({ limit: 130 }));
    const second = await readAll(clock, await open({ cursor: lastOf(first)?.end?.cursor, limit: 7 }));
    const third = await readAll(clock, await open({ cursor: lastOf(second)?.end?.cursor }));
    expect([first, second, third].map((lines) => rowsOf(lines).length)).toEqual([130, 7, 363]);
    expect(lastOf(second)?.end?.rows).toBe(137);
    expect(lastOf(third)).toEqual({ end: { rows: 500, complete: true } });
    expect(cluster.asked.slice(3).map((request) => request.rows)).toEqual([7, 640]);
  });

  it('holds on behind a checkpoint', async () => {
    const rows = makeRows(1, 3_000);
    const { clock, open } = setUpScans(rows, { state: oneNode });
    const lines = await readAll(clock, await open({ limit: 2_500 }));
    const cursor = lines.find(({ checkpoint }) => checkpoint !== undefined)?.checkpoint?.cursor;
    const rest = await readAll(clock, await open({ cursor }));
    expect(lastOf(rest)?.end).toMatchObject({ rows: 2_500, complete: false });
  });

  it('that is just all there is leaves the scan complete', async () => {
    const { clock, open } = setUpScans(makeRows(1, 100), { state: oneNode });
    const lines = await readAll(clock, await open({ key: 'device-0', limit: 100 }));
    expect(lastOf(lines)).toEqual({ end: { rows: 100, complete: true } });
  });
});

describe('checkpoints', () => {
  it('come at page ends, before a page that could go beyond a thousand rows', async () => {
    const { clock, open } = setUpScans(makeRows(1, 3_000), { state: oneNode });
    const lines = await readAll(clock, await open({ pageSize: 400 }));
    const rows = lines.flatMap(({ checkpoint }) => checkpoint?.rows ?? []);
    // Pages end at 10, 90, 490, 890, 1290 and so on.
    expect(rows).toEqual([890, 1_690, 2_490]);
  });

  it('come each second where rows are few', async () => {
    const { clock, open, cluster } = setUpScans(makeRows(1, 40), { state: oneNode });
    cluster.delayMs = 400;
    const lines = await readAll(clock, await open({ pageSize: 5 }));
    // A page in 400 ms: the third is the first to end a second later.
    expect(lines.flatMap(({ checkpoint }) => checkpoint?.rows ?? [])).toEqual([15, 30]);
  });
});

describe('more streams than may be', () => {
  it('are refused, until one has ended', async () => {
    const { clock, open, call, bounds } = setUpScans(makeRows(1, 10));
    bounds.streams = 2;
    const first = await open({});
    await open({});
    expect((await refusalOf(call({}))).slug).toBe('overload');
    await readAll(clock, first);
    await open({});
  });

  it('are not counted where they were refused for something else', async () => {
    const { open, call, bounds } = setUpScans([]);
    bounds.streams = 1;
    await refusalOf(call({ pageSize: 0 }));
    await refusalOf(call({}, { table: 'else' }));
    await open({});
  });
});

describe('a scan without the session that it needs', () => {
  it('is refused before anything else', async () => {
    const refused = {
      kind: 'refused',
      problem: 'session-required',
      detail: 'name one',
      violated: [],
    } as const;
    const named: (string | undefined)[] = [];
    const sessions = {
      refusalOf: (_: unknown, id: string | undefined) => {
        named.push(id);
        return id === undefined ? refused : undefined;
      },
    };
    const { call, open } = setUpScans([], { sessions });
    expect(await call('nonsense')).toBe(refused);
    await open({}, { sessionId: 'held' });
    expect(named.slice(0, 2)).toEqual([undefined, 'held']);
  });
});

describe('a value that has no JSON form', () => {
  /** The notes of these rows cannot be read. */
  function spoil({ cluster }: ScanScene, times: readonly string[]): void {
    const { readPage } = cluster;
    cluster.readPage = async (request) => {
      const page = await readPage(request);
      const at = request.statement.columns.findIndex(({ name }) => name === 'at');
      const note = request.statement.columns.findIndex(({ name }) => name === 'note');
      const rows = page.rows.map((values) =>
        times.includes(String(values[at])) ? values.with(note, { unreadable: 'beyond' }) : values,
      );
      return { ...page, rows };
    };
  }

  it('makes its row a line of its own, which counts, and the scan goes on', async () => {
    const rows = makeRows(1, 300);
    const scene = setUpScans(rows, { state: oneNode });
    spoil(scene, ['00007', '00123']);
    const stream = await scene.open({ columns: ['note', 'at'] });
    const lines = await readAll(scene.clock, stream);
    const found = lines.filter(({ checkpoint, end }) => (checkpoint ?? end) === undefined);
    expect(found).toHaveLength(300);
    expect(found[7]).toEqual({ unreadable: { columns: ['note'], row: { at: '00007' } } });
    expect(found[123]).toEqual({ unreadable: { columns: ['note'], row: { at: '00123' } } });
    expect(rowsOf(lines)).toHaveLength(298);
    expect(lastOf(lines)).toEqual({ end: { rows: 300, complete: true } });
    expect([stream.account().rows, scene.faults]).toEqual([300, []]);
  });

  it('counts for the limit, and is behind the cursor', async () => {
    const rows = makeRows(1, 30);
    const scene = setUpScans(rows, { state: oneNode });
    spoil(scene, ['00007']);
    const first = await readAll(scene.clock, await scene.open({ limit: 8 }));
    expect(first.at(-2)).toHaveProperty('unreadable');
    const rest = await readAll(scene.clock, await scene.open({ cursor: lastOf(first)?.end?.cursor }));
    expect(rowsOf([...first, ...rest])).toEqual(rows.toSpliced(7, 1));
  });
});

describe('a fault of the scan itself', () => {
  it('is told as internal, and reported', async () => {
    const { clock, open, faults, cluster } = setUpScans(makeRows(1, 1));
    const stream = await open({});
    await readAll(clock, stream);
    cluster.state = () => {
      throw new Error('broken');
    };
    const lines = await readAll(clock, await open({}));
    expect(lastOf(lines)?.error?.type).toBe('/problems/internal');
    expect(faults).toEqual([new Error('broken')]);
  });
});
