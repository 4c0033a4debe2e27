import { describe, expect, it } from 'vitest';
import { parseCqlType } from '../../../src/core/encoding/cql-type-parser.ts';
import type { Column } from '../../../src/core/encoding/table-schema.ts';
import { defaultBounds } from '../../../src/core/reads/settings.ts';
import { makeTable } from '../../support/scripted-cluster.ts';
import { openScriptedReads, refusalOf, type ScriptedReadsOptions } from '../../support/scripted-reads.ts';

const column = (name: string, cqlType: string): Column => ({
  name,
  kind: 'regular',
  type: parseCqlType(cqlType),
  cqlType,
});
const plain = makeTable('orders', ['customer'], ['day'], [], ['owner']);
const orders = {
  ...plain,
  columns: [...plain.columns, column('lines', 'map<text, int>'), column('shape', "'org.example.Point'")],
};

async function describeTo(options: ScriptedReadsOptions = {}) {
  const { describe: describeTable, call } = openScriptedReads([orders], options);
  return JSON.parse(await describeTable(call('orders')));
}

describe('the description of a table', () => {
  it('has its keys, its columns, what may be done and how much of it', async () => {
    expect(await describeTo({ operations: ['scan', 'read'] })).toEqual({
      keyspace: 'shop',
      table: 'orders',
      partitionKey: ['customer'],
      clusteringKey: ['day'],
      columns: [
        { name: 'customer', kind: 'partition', type: 'text', json: 'string', readable: true },
        { name: 'day', kind: 'clustering', type: 'text', json: 'string', readable: true },
        { name: 'owner', kind: 'static', type: 'text', json: 'string', readable: true },
        { name: 'lines', kind: 'regular', type: 'map<text, int>', json: 'object of number', readable: true },
        {
          name: 'shape',
          kind: 'regular',
          type: "'org.example.Point'",
          json: 'unsupported',
          readable: false,
        },
      ],
      operations: ['read', 'scan'],
      writable: false,
      consistency: { default: 'LOCAL_ONE', allowed: ['LOCAL_ONE', 'LOCAL_QUORUM'] },
      limits: {
        keys: 1_000,
        rows: 10_000,
        limitPerKey: { default: 100, max: 1_000 },
        writeRows: 1_000,
        bodyBytes: 1_048_576,
        answerBytes: 16_777_216,
        timeoutMs: 10_000,
        defaultTimeoutMs: 1_000,
      },
    });
  });

  it('has of the columns only those granted, and the key as not readable', async () => {
    const { columns } = await describeTo({ columns: ['day', 'lines', 'gone'] });
    expect(
      columns.map(({ name, readable }: { name: string; readable: boolean }) => [name, readable]),
    ).toEqual([
      ['customer', false],
      ['day', true],
      ['lines', true],
    ]);
  });

  it('says the truth about columns: what is readable can be asked for, and nothing else', async () => {
    for (const columns of [undefined, ['day', 'lines', 'shape', 'gone']]) {
      const options = columns === undefined ? {} : { columns };
      const { columns: described } = await describeTo(options);
      const { ask } = openScriptedReads([orders], options);
      for (const { name } of orders.columns) {
        const told = described.find((one: { name: string }) => one.name === name);
        const asked = ask('orders', { keys: ['ann'], columns: [name] });
        const taken = await asked.then(
          () => true,
          () => false,
        );
        expect(taken, name).toBe(told?.readable ?? false);
      }
    }
  });

  it('never promises more time by default than may be asked for', async () => {
    const { limits } = await describeTo({ bounds: { ...defaultBounds, timeoutMs: 300 } });
    expect([limits.timeoutMs, limits.defaultTimeoutMs]).toEqual([300, 300]);
  });

  it('tells whether rows can be written, and how many at once', async () => {
    const bounds = { ...defaultBounds, writeRows: 50 };
    const { writable, limits } = await describeTo({ settings: { writable: true }, bounds });
    expect([writable, limits.writeRows]).toEqual([true, 50]);
  });

  it('is for whoever may do anything on the table, and for nobody else', async () => {
    expect((await describeTo({ operations: ['write'] })).operations).toEqual(['write']);
    expect((await refusalOf(describeTo({ operations: [] }))).slug).toBe('not-found');
  });
});
