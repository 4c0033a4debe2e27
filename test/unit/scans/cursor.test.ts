import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { base64FromBytes, bytesFromBase64 } from '../../../src/core/scans/base64-text.ts';
import { type CursorContent, createCursorBook } from '../../../src/core/scans/cursor.ts';
import { CursorStale } from '../../../src/core/scans/cursor-stale.ts';
import { events, makeRows } from '../../support/scan-cluster.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import { makeApplication, readAll, rowsOf, scriptedSeal, setUpScans } from '../../support/scripted-scans.ts';

const book = createCursorBook(scriptedSeal, nodeText);
const owner = { application: 'report', keyspace: 'shop', table: 'events' };
const stretch = { kind: 'range', after: { hi: -9, lo: 8 }, upTo: { hi: 7, lo: 0xffffffff } } as const;
const content: CursorContent = {
  columns: ['note', 'at'],
  isAllColumns: false,
  fingerprint: '-12',
  consistency: 'LOCAL_ONE',
  area: { kind: 'range', after: { hi: -100, lo: 0 }, upTo: { hi: 100, lo: 1 } },
  position: {
    kind: 'page',
    area: stretch,
    pageState: Uint8Array.of(0, 255, 3),
    lastToken: { hi: 3, lo: 4 },
  },
  rows: 12,
  left: undefined,
};

describe('a cursor', () => {
  it.each<[string, CursorContent]>([
    ['within a stretch', content],
    ['behind a token', { ...content, position: { kind: 'token', token: { hi: 1, lo: 2 } }, left: 7 }],
    [
      'within a partition',
      {
        ...content,
        isAllColumns: true,
        area: { kind: 'partition', key: [nodeText.utf8('lamp')], keyJson: 'lamp' },
        position: {
          kind: 'page',
          area: { kind: 'partition', key: [nodeText.utf8('lamp')] },
          pageState: Uint8Array.of(1),
          lastToken: { hi: 3, lo: 4 },
        },
      },
    ],
  ])('says all that it was given: %s', (_, given) => {
    const cursor = book.write(owner, given);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(book.read(owner, events, cursor)).toEqual(given);
  });

  it('says nothing to anybody else', () => {
    const cursor = book.write(owner, content);
    expect(book.read({ ...owner, application: 'other' }, events, cursor)).toBe(undefined);
    expect(book.read({ ...owner, table: 'other' }, events, cursor)).toBe(undefined);
    expect(book.read({ ...owner, keyspace: 'other' }, events, cursor)).toBe(undefined);
  });

  it('of a partition is stale, and is known as a cursor, where the table has another key', () => {
    const area = { kind: 'partition', key: [nodeText.utf8('lamp')], keyJson: 'lamp' } as const;
    const cursor = book.write(owner, {
      ...content,
      area,
      position: { kind: 'token', token: { hi: 1, lo: 2 } },
    });
    const changed = makeTable('events', ['a', 'b'], [], []);
    expect(() => book.read(owner, changed, cursor)).toThrow(CursorStale);
    expect(book.read({ ...owner, application: 'other' }, changed, cursor)).toBe(undefined);
  });

  it.each(['', 'x', '!!', 'AAAA', 'café', `${book.write(owner, content).slice(1)}`])(
    'is not just any text: %j',
    (text) => {
      expect(book.read(owner, events, text)).toBe(undefined);
    },
  );
});

describe('a scan by a cursor', () => {
  async function cursorOf(scene: ReturnType<typeof setUpScans>, body: object): Promise<string> {
    const lines = await readAll(scene.clock, await scene.open({ ...body, limit: 3 }));
    const cursor = lines.at(-1)?.end?.cursor;
    if (cursor === undefined) throw new Error('no cursor');
    return cursor;
  }
  const rows = makeRows(20, 1);
  const range = { start: '-9223372036854775808', end: '9223372036854775806' };
  const body = { range, columns: ['note', 'at'], consistency: 'LOCAL_QUORUM' };

  it('keeps what the scan was of, whether it is said again or not', async () => {
    const scene = setUpScans(rows);
    const cursor = await cursorOf(scene, body);
    const brief = await readAll(scene.clock, await scene.open({ cursor }));
    const { asked } = scene.cluster;
    expect(asked.every(({ consistency }) => consistency === 'LOCAL_QUORUM')).toBe(true);
    expect(Object.keys(brief[0]?.row ?? {})).toEqual(['note', 'at']);
    const whole = await readAll(scene.clock, await scene.open({ ...body, cursor }));
    expect(rowsOf(whole)).toEqual(rowsOf(brief));
    expect(whole.at(-1)).toEqual(brief.at(-1));
  });

  it.each([
    ['another range', { range: { start: '0', end: '1' } }, '/range'],
    ['a key', { key: 'device-1' }, '/key'],
    ['other columns', { columns: ['at', 'note'] }, '/columns'],
    ['another level', { consistency: 'LOCAL_ONE' }, '/consistency'],
  ])('is refused with %s', async (_, other, pointer) => {
    const scene = setUpScans(rows);
    const cursor = await cursorOf(scene, body);
    await expect(scene.call({ cursor, ...other })).rejects.toMatchObject({
      slug: 'invalid-request',
      faults: [{ pointer }],
    });
  });

  it('of all columns is not one of columns that are named', async () => {
    const scene = setUpScans(rows);
    const cursor = await cursorOf(scene, {});
    const columns = events.columns.map(({ name }) => name);
    await expect(scene.call({ cursor, columns })).rejects.toMatchObject({
      faults: [{ pointer: '/columns' }],
    });
  });

  it.each([
    ['was changed', 'report', (cursor: string) => `C${cursor.slice(1)}`],
    ['is of another application', 'other', (cursor: string) => cursor],
    ['is garbage', 'report', () => 'garbage'],
  ])('that %s is refused, and nothing is told of it', async (_, name, change) => {
    const scene = setUpScans(rows);
    const cursor = change(await cursorOf(scene, {}));
    const refused = scene.call({ cursor }, { application: makeApplication(name) });
    await expect(refused).rejects.toMatchObject({
      slug: 'invalid-request',
      faults: [
        { pointer: '/cursor', detail: 'is no cursor that a scan of this table gave to this application' },
      ],
    });
  });
});

describe('a cursor of a scan by key', () => {
  it("is stale, and not refused as nobody's, after the key column was renamed", async () => {
    const scene = setUpScans(makeRows(3, 5));
    const key = { device: 'device-1' };
    const lines = await readAll(scene.clock, await scene.open({ key, limit: 2 }));
    const cursor = lines.at(-1)?.end?.cursor;
    scene.cluster.schema = makeTable('events', ['gadget'], ['at'], ['note']);
    await expect(scene.call({ cursor })).rejects.toMatchObject({ slug: 'cursor-stale', restart: { key } });
    const others = scene.call({ cursor }, { application: makeApplication('other') });
    await expect(others).rejects.toMatchObject({ slug: 'invalid-request' });
  });
});

describe('bytes as letters', () => {
  it('are those of RFC 4648', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = base64FromBytes(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(bytesFromBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AB', 'AAB', 'AA=', 'A+A/', 'AAAAA'])('are never these: %j', (text) => {
    expect(bytesFromBase64(text)).toBe(undefined);
  });
});
