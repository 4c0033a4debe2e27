import type cassandra from 'cassandra-driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningSystem } from '../../src/compose.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { jsonFromValue } from '../../src/core/encoding/json-from-value.ts';
import { valueFromJson } from '../../src/core/encoding/value-from-json.ts';
import type { ClusterFixture, ColumnDefinition, TableDefinition } from '../contract/cluster-fixture.ts';
import { openCassandraFixture } from '../support/cassandra-fixture.ts';
import { connectOrdinaryClient, valueFromDriver, withoutLost } from '../support/driver-values.ts';
import { eventually } from '../support/eventually.ts';
import {
  clusteringKey,
  columns,
  keyspace,
  partitionKey,
  sampleOf,
  typeOf,
  userTypes,
} from '../support/every-type.ts';
import { parseExactly } from '../support/exact-json.ts';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { startWeir } from '../support/running-weir.ts';
import { agrees, memberOf, parseSelectJson } from '../support/select-json.ts';

const rowCount = 200;
const seed = 20_261;
const key: ColumnDefinition = { name: 'k', type: 'int' };
const rows: TableDefinition = { keyspace, name: 'rows', partitionKey: [key], columns };
const keyed: TableDefinition = {
  keyspace,
  name: 'keyed',
  partitionKey,
  clusteringKey,
  columns: [{ name: 'v', type: 'int' }],
};
const changing: TableDefinition = {
  keyspace,
  name: 'changing',
  partitionKey: [key],
  columns: [{ name: 'p', type: 'frozen<"Growing">' }],
};

type Row = Readonly<Record<string, unknown>>;
interface Reply {
  readonly status: number;
  readonly text: string;
  readonly results: readonly { readonly status: string; readonly rows: readonly Row[] }[];
}

describeWithCluster('values of every type on the real cluster', () => {
  let cluster: TestCluster;
  let fixture: ClusterFixture;
  let client: cassandra.Client;
  let weir: RunningSystem;

  const lookUp = async (table: string, body: string): Promise<Reply> => {
    const response = await fetch(`${weir.dataUrl}/v1/${keyspace}/${table}/lookup`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-weir-app': 'storefront',
        'x-request-timeout-ms': '10000',
      },
      body,
    });
    const text = await response.text();
    return { results: [], ...(JSON.parse(text) as object), status: response.status, text };
  };

  beforeAll(async () => {
    cluster = realCluster();
    fixture = await openCassandraFixture(cluster);
    client = await connectOrdinaryClient(cluster);
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    const factors = new Map(cluster.nodes().map(({ datacenter }) => [datacenter, 1]));
    await fixture.createKeyspace(keyspace, { strategy: 'NetworkTopologyStrategy', factors });
    for (const type of userTypes) await fixture.createType(type);
    await fixture.createType({ keyspace, name: 'Growing', fields: [{ name: 'a', type: 'int' }] });
    for (const table of [rows, keyed, changing]) await fixture.createTable(table);
    await fillRows(fixture);
    weir = await startWeir(
      cluster,
      Object.fromEntries(
        ['rows', 'keyed', 'changing', 'counters', 'custom', 'literals'].map((name) => [
          `${keyspace}.${name}`,
          {},
        ]),
      ),
    );
    // The tables stand; those that a test makes are known to Weir a little later.
    await eventually('Weir has reached the cluster', async () => {
      return (await lookUp('rows', '{"keys":[0]}')).status === 200 || undefined;
    });
  });
  afterAll(async () => {
    await weir?.stop();
    await client?.shutdown();
    await fixture?.close();
  });

  const change = async (text: string): Promise<void> => {
    await client.execute(text);
  };

  const answeredRows = async (): Promise<readonly Row[]> => {
    const answered: Row[] = [];
    for (let start = 0; start < rowCount; start += 50) {
      const keys = Array.from({ length: 50 }, (_, at) => start + at);
      const reply = await lookUp('rows', JSON.stringify({ keys }));
      expect(reply.status, reply.text.slice(0, 500)).toBe(200);
      expect(reply.text).not.toContain('"warnings"');
      for (const result of reply.results) answered.push(...result.rows);
    }
    expect(answered.map((row) => row['k'])).toEqual(Array.from({ length: rowCount }, (_, at) => at));
    return answered;
  };

  it('are answered as SELECT JSON of a node has them', async () => {
    const answered = await answeredRows();
    const result = await client.execute(`SELECT JSON * FROM ${keyspace}.rows`);
    expect(result.rows).toHaveLength(rowCount);
    for (const row of result.rows) {
      const json = parseSelectJson(String(row['[json]']));
      const mine = answered[Number(memberOf(json, 'k'))] as Row;
      for (const { name, type } of columns) {
        const value = valueFromJson(typeOf(type), mine[name]);
        const isSame = agrees(typeOf(type), value, memberOf(json, name));
        expect(isSame, `${name} ${type} of ${mine['k']}: ${JSON.stringify(mine[name])}`).toBe(true);
      }
    }
  });

  it('are answered as the driver decodes them', async () => {
    const answered = await answeredRows();
    const selected = columns.map(({ name }, at) => `${quoted(name)} AS c${at}`).join(', ');
    const result = await client.execute(`SELECT k, ${selected} FROM ${keyspace}.rows`);
    expect(result.rows).toHaveLength(rowCount);
    const seen = columns.map(() => 0);
    for (const row of result.rows) {
      const mine = answered[row['k']] as Row;
      for (const [at, { name, type }] of columns.entries()) {
        const expected = valueFromDriver(typeOf(type), row[`c${at}`]);
        const value = valueFromJson(typeOf(type), mine[name]);
        expect(withoutLost(typeOf(type), value), `${name} ${type} of ${mine['k']}`).toEqual(expected);
        if (expected !== null) seen[at] = (seen[at] ?? 0) + 1;
      }
    }
    expect(Math.min(...seen), 'no column was null throughout').toBeGreaterThan(rowCount / 4);
  });

  it('are keys as they were answered: every type, in the partition key and in the clustering key', async () => {
    const keyColumns = [...partitionKey, ...clusteringKey];
    const samples = keyColumns.map(({ type }, at) => sampleOf(type, rowCount, seed + at));
    const keys: string[] = [];
    for (let number = 0; number < rowCount; number += 1) {
      const values = keyColumns.map(({ name }, at): [string, CqlValue] => [
        name,
        samples[at]?.[number] ?? null,
      ]);
      await fixture.insert(keyed, [...values, ['v', number]]);
      const members = values.map(([name, value], at) => {
        const { type } = keyColumns[at] as ColumnDefinition;
        return `${JSON.stringify(name)}:${jsonFromValue(typeOf(type), value)}`;
      });
      keys.push(`{${members.join(',')}}`);
    }
    for (let start = 0; start < rowCount; start += 20) {
      const numbers = Array.from({ length: 20 }, (_, at) => start + at);
      const first = await lookUp('keyed', `{"keys":[${keys.slice(start, start + 20).join(',')}]}`);
      expect(first.status, first.text.slice(0, 500)).toBe(200);
      expect(first.results.map((result) => result.rows[0]?.['v'])).toEqual(numbers);

      const { results } = parseExactly(first.text) as Reply;
      const given = (wanted: readonly ColumnDefinition[]): string =>
        JSON.stringify({
          keys: results.map((result) =>
            Object.fromEntries(wanted.map(({ name }) => [name, result.rows[0]?.[name]])),
          ),
        });
      const again = await lookUp('keyed', given(keyColumns));
      expect(again.results).toEqual(first.results);
      const partitions = await lookUp('keyed', given(partitionKey));
      expect(partitions.results).toEqual(first.results);
    }
  });

  it('written as literals are answered in the documented form', async () => {
    await change(
      `CREATE TABLE ${keyspace}.literals (k int PRIMARY KEY, d duration, t tuple<int, frozen<tuple<text, duration>>>, v vector<float, 3>, u "Person of ""Note""", p place, m map<frozen<tuple<int, text>>, duration>)`,
    );
    await change(
      `INSERT INTO ${keyspace}.literals (k, d, t, v, u, p, m) VALUES (1, 1y2mo3w4h, (1, ('a', null)), [1, 0.1, NaN], {"__proto__": 'x', "Upper Case": {zip: 7, x: 1.10}}, {tags: {'b', 'a'}}, {(1, 'x'): PT90M})`,
    );
    const expected =
      '{"k":1,"d":"1y2mo21d4h","m":[[[1,"x"],"1h30m"]],"p":{"zip":null,"x":null,"tags":["a","b"]},' +
      '"t":[1,["a",null]],' +
      '"u":{"__proto__":"x","constructor":null,"Upper Case":{"zip":7,"x":"1.10","tags":null},"a.b \\"c\\" 😀":null,"spans":null},' +
      '"v":[1,0.1,"NaN"]}';
    await eventually('the table of literals', async () => {
      const reply = await lookUp('literals', '{"keys":[1]}');
      return reply.status === 200 || undefined;
    });
    const { text } = await lookUp('literals', '{"keys":[1]}');
    expect(text).toContain(expected);
  });

  it('of counters are read', async () => {
    await change(`CREATE TABLE ${keyspace}.counters (k text PRIMARY KEY, hits counter, misses counter)`);
    await change(`UPDATE ${keyspace}.counters SET hits = hits + 9007199254740993 WHERE k = 'page'`);
    await change(`UPDATE ${keyspace}.counters SET hits = hits - 1 WHERE k = 'page'`);
    const reply = await eventually('the table of counters', async () => {
      const answer = await lookUp('counters', '{"keys":["page"]}');
      return answer.status === 200 ? answer : undefined;
    });
    expect(reply.results[0]?.rows).toEqual([{ k: 'page', hits: '9007199254740992', misses: null }]);
  });

  it('that are empty, where Cassandra has such a value, are null', async () => {
    const emptiable = [
      'bigint',
      'boolean',
      'decimal',
      'double',
      'float',
      'inet',
      'int',
      'timestamp',
      'timeuuid',
      'uuid',
      'varint',
    ];
    const names = columns
      .filter(({ name, type }) => name.startsWith('scalar_') && emptiable.includes(type))
      .map(({ name }) => name);
    expect(names).toHaveLength(emptiable.length);
    const empty = Buffer.alloc(0);
    await client.execute(
      `INSERT INTO ${keyspace}.rows (k, ${names.join(', ')}) VALUES (-1, ${names.map(() => '?').join(', ')})`,
      names.map(() => empty),
      { prepare: true },
    );
    const reply = await lookUp('rows', JSON.stringify({ keys: [-1], columns: names }));
    expect(reply.results[0]?.rows).toEqual([Object.fromEntries(names.map((name) => [name, null]))]);
    await change(`DELETE FROM ${keyspace}.rows WHERE k = -1`);
  });

  it('of a custom type are left out with a warning, and refused by name', async () => {
    await change(
      `CREATE TABLE ${keyspace}.custom (k int PRIMARY KEY, odd 'org.apache.cassandra.db.marshal.LexicalUUIDType', v int)`,
    );
    await change(`INSERT INTO ${keyspace}.custom (k, v) VALUES (1, 2)`);
    const reply = await eventually('the table with a custom type', async () => {
      const answer = await lookUp('custom', '{"keys":[1]}');
      return answer.status === 200 ? answer : undefined;
    });
    expect(reply.results[0]?.rows).toEqual([{ k: 1, v: 2 }]);
    expect(reply.text).toMatch(/"warnings":\["column odd is left out: .*is not supported"\]/);
    expect((await lookUp('custom', '{"keys":[1],"columns":["odd"]}')).status).toBe(422);
  });

  it('of a user-defined type get its new fields without a restart', async () => {
    await fixture.insert(changing, [['k', 1]]);
    await change(`INSERT INTO ${keyspace}.changing (k, p) VALUES (1, {a: 1})`);
    expect((await lookUp('changing', '{"keys":[1]}')).results[0]?.rows).toEqual([{ k: 1, p: { a: 1 } }]);
    await change(`ALTER TYPE ${keyspace}."Growing" ADD "New" text`);
    await eventually('the new field', async () => {
      const { results } = await lookUp('changing', '{"keys":[1]}');
      expect(results[0]?.status).toBe('found');
      return JSON.stringify(results[0]?.rows) === '[{"k":1,"p":{"a":1,"New":null}}]' || undefined;
    });
    await change(`INSERT INTO ${keyspace}.changing (k, p) VALUES (1, {a: 1, "New": 'x'})`);
    expect((await lookUp('changing', '{"keys":[1]}')).results[0]?.rows).toEqual([
      { k: 1, p: { a: 1, New: 'x' } },
    ]);
  });
});

/** Random rows; here and there a column is null, or not written at all. */
async function fillRows(fixture: ClusterFixture): Promise<void> {
  const samples = columns.map(({ type }, at) => sampleOf(type, rowCount, seed + at));
  for (let number = 0; number < rowCount; number += 1) {
    const cells = columns.map(({ name }, at): readonly [string, CqlValue] => [
      name,
      (number + at) % 7 === 0 ? null : (samples[at]?.[number] ?? null),
    ]);
    await fixture.insert(rows, [['k', number], ...cells.filter((_, at) => (number + at) % 11 !== 0)]);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
