import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { Column, TableSchema } from '../../../src/core/encoding/table-schema.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import { CursorStale } from '../../../src/core/scans/cursor-stale.ts';
import { tokenOfKey } from '../../../src/core/token/partition-key.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import { makeState } from '../../support/rings.ts';
import { events, inOrder, makeRows } from '../../support/scan-cluster.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import {
  makeApplication,
  readAll,
  rowsOf,
  type ScanScene,
  setUpScans,
} from '../../support/scripted-scans.ts';

const oneNode = makeState([{ nodes: 1, racks: 1, replicationFactor: 1, tokensPerNode: 1, datacenter: 'dc' }]);
const withTag = makeTable('events', ['device'], ['at'], ['note', 'tag']);
const withoutNote = makeTable('events', ['device'], ['at'], []);

function withOtherNote(): TableSchema {
  const columns = events.columns.map(
    (column): Column =>
      column.name === 'note' ? { ...column, type: { kind: 'int' }, cqlType: 'int' } : column,
  );
  return { ...events, columns };
}

function tokenBefore(device: string): string {
  return (BigInt(tokenToDecimal(tokenOfKey([nodeText.utf8(device)]))) - 1n).toString();
}

/** One page of ten was handed out, and one is ahead. */
async function readTwentyOf(scene: ScanScene, change: () => void): ReturnType<typeof readAll> {
  const stream = await scene.open({ pageSize: 10 });
  await scene.clock.runUntil(stream.next());
  await scene.clock.advance(1);
  change();
  return readAll(scene.clock, stream);
}

describe('a table that changes while it is scanned', () => {
  const rows = makeRows(20, 5);

  it.each([
    ['lost a column', withoutNote],
    ['has a column of another type', withOtherNote()],
    ['is gone', undefined],
  ])('and %s ends the scan, and tells what to scan anew', async (_, schema) => {
    const scene = setUpScans(rows, { state: oneNode });
    const lines = await readTwentyOf(scene, () => {
      scene.cluster.schema = schema;
    });
    const last = inOrder(rows)[19];
    expect(lines.at(-1)?.error).toEqual({
      type: '/problems/cursor-stale',
      title: 'The table has changed since the cursor was given',
      restart: { range: { start: tokenBefore(last?.device ?? ''), end: '9223372036854775807' } },
    });
    expect(scene.cluster.asked).toHaveLength(2);
  });

  it('and has one column more is scanned on, as it was, by a new statement', async () => {
    const scene = setUpScans(rows, { state: oneNode });
    const lines = await readTwentyOf(scene, () => {
      scene.cluster.schema = withTag;
    });
    expect(rowsOf(lines)).toEqual(inOrder(rows).slice(10));
    expect(lines.some(({ row }) => row !== undefined && 'tag' in row)).toBe(false);
    expect(scene.cluster.asked.at(-1)?.statement.table).toBe(withTag);
  });

  it('so that Cassandra refuses the statement before the change is known', async () => {
    const scene = setUpScans(rows, { state: oneNode });
    const lines = await readTwentyOf(scene, () => {
      scene.cluster.fate = () => {
        scene.clock.after(50, () => {
          scene.cluster.schema = withoutNote;
        });
        return 'rejected';
      };
    });
    expect(lines.at(-1)?.error?.type).toBe('/problems/cursor-stale');
  });

  it('counts as unchanged while nobody can tell', async () => {
    const scene = setUpScans(rows, { state: oneNode });
    const lines = await readTwentyOf(scene, () => {
      scene.cluster.table = () => Promise.reject(new ReplicaError('connection-lost'));
    });
    expect(lines.at(-1)).toEqual({ end: { rows: 100, complete: true } });
  });

  it('and what is to be scanned anew has every row that was not delivered', async () => {
    const scene = setUpScans(rows);
    const delivered = await readTwentyOf(scene, () => {
      scene.cluster.schema = withoutNote;
    });
    scene.cluster.schema = events;
    const restart = delivered.at(-1)?.error?.restart;
    const rest = rowsOf(await readAll(scene.clock, await scene.open(restart)));
    const firstTen = inOrder(rows).slice(0, 10);
    const all = new Set([...firstTen, ...rowsOf(delivered), ...rest].map((row) => JSON.stringify(row)));
    expect(all.size).toBe(100);
    // At most the rows of one partition come again.
    expect(rest.length).toBeLessThanOrEqual(100 - rowsOf(delivered).length - 10 + 5);
  });
});

describe('a cursor of a table that has changed', () => {
  const rows = makeRows(20, 5);

  async function refusalOf(schema: TableSchema, body: object, columns?: readonly string[]): Promise<unknown> {
    const scene = setUpScans(rows, { state: oneNode });
    const lines = await readAll(scene.clock, await scene.open({ ...body, limit: 17 }));
    scene.cluster.schema = schema;
    const cursor = lines.at(-1)?.end?.cursor;
    const application = makeApplication('report', columns);
    return scene.call({ cursor }, { application }).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('is stale where the change concerns it', async () => {
    const error = await refusalOf(withoutNote, {});
    if (!(error instanceof CursorStale)) throw new Error('not stale');
    expect(error.slug).toBe('cursor-stale');
    const start = tokenBefore(inOrder(rows)[16]?.device ?? '');
    expect(error.restart).toEqual({ range: { start, end: '9223372036854775807' } });
    expect(await refusalOf(withOtherNote(), {})).toBeInstanceOf(CursorStale);
    expect(await refusalOf(makeTable('events', ['device'], [], ['at', 'note']), {})).toBeInstanceOf(
      CursorStale,
    );
  });

  it('is good where the change is of other columns', async () => {
    expect(await refusalOf(withTag, {})).toBe(undefined);
    expect(await refusalOf(withoutNote, { columns: ['at'] })).toBe(undefined);
  });

  it('is stale where a column is not granted any more', async () => {
    expect(await refusalOf(events, {}, ['device', 'at'])).toBeInstanceOf(CursorStale);
  });

  it('of a partition tells the key', async () => {
    const scene = setUpScans(rows, { state: oneNode });
    const lines = await readAll(scene.clock, await scene.open({ key: { device: 'device-3' }, limit: 2 }));
    scene.cluster.schema = withoutNote;
    const again = scene.call({ cursor: lines.at(-1)?.end?.cursor });
    await expect(again).rejects.toMatchObject({ restart: { key: { device: 'device-3' } } });
  });
});
