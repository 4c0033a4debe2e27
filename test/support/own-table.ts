import { types } from 'cassandra-driver';
import { applySchema } from '../../topology/launcher/schema.ts';
import { eventually } from './eventually.ts';
import type { TestCluster } from './real-cluster.ts';
import type { LoadRequest } from './steady-load.ts';

/** A table as a user may have one: two columns of partition key, one clustering column. */
export const ownTable = 'weather.readings';

const stations = 40;
const hours = [0, 6, 12] as const;
const path = `/v1/${ownTable.replace('.', '/')}/lookup`;

/** The reading that is written for a station and an hour. */
function celsius(station: number, hour: number): string {
  return `${station}.${String(hour).padStart(2, '0')}`;
}

/** Makes the table with all its rows, written to every replica. */
export async function createOwnTable(cluster: TestCluster): Promise<void> {
  const [node] = cluster.nodes();
  if (node === undefined) throw new Error('the cluster has no node');
  await applySchema(
    `CREATE KEYSPACE IF NOT EXISTS weather WITH replication =
       { 'class': 'NetworkTopologyStrategy', 'us-east-1-frontend': 3, 'us-east-1-backend': 2 };
     CREATE TABLE IF NOT EXISTS ${ownTable} (station text, day date, hour int, celsius decimal, remark text,
       PRIMARY KEY ((station, day), hour));`,
    node,
  );
  await cluster.withClient(async (client) => {
    const insert = `INSERT INTO ${ownTable} (station, day, hour, celsius) VALUES (?, '2026-03-01', ?, ?)`;
    for (let station = 0; station < stations; station += 1) {
      for (const hour of hours) {
        const parameters = [`s-${station}`, hour, celsius(station, hour)];
        // Refused by a node that has not heard of the table yet.
        await eventually('the reading is written to every replica', () =>
          client.execute(insert, parameters, { prepare: true, consistency: types.consistencies.all }).then(
            () => true,
            () => undefined,
          ),
        );
      }
    }
  });
}

export async function dropOwnTable(cluster: TestCluster): Promise<void> {
  const [node] = cluster.nodes();
  if (node !== undefined) await applySchema('DROP KEYSPACE IF EXISTS weather', node);
}

/** The body of a look-up of so many stations, `first` and those after it; the last key has no row. */
export function readingsBody(first: number, count: number): string {
  const keys = Array.from({ length: count }, (_, index) => ({
    station: `s-${(first + index) % stations}`,
    day: '2026-03-01',
  }));
  return JSON.stringify({
    keys: [...keys, { station: 'none', day: '2026-03-01' }],
    columns: ['hour', 'celsius'],
  });
}

/** The one right answer to `readingsBody`. */
export function readingsAnswer(first: number, count: number): unknown {
  const found = Array.from({ length: count }, (_, index) => ({
    status: 'found',
    rows: hours.map((hour) => ({ hour, celsius: celsius((first + index) % stations, hour) })),
  }));
  return {
    results: [...found, { status: 'missing', rows: [] }],
    summary: { found: count, missing: 1, error: 0, unprocessed: 0 },
  };
}

/** Look-ups of ten stations each, one after another over all of them. */
export function readingsLoad(dataUrl: string, credential: string): () => LoadRequest {
  const count = 10;
  let asked = 0;
  return () => {
    const first = asked++;
    return {
      url: `${dataUrl}${path}`,
      headers: {
        authorization: `Bearer ${credential}`,
        'content-type': 'application/json',
        // The test is about requests that are lost, not about how fast a busy machine answers.
        'x-request-timeout-ms': '10000',
      },
      body: readingsBody(first, count),
      isRight: (body) => body === JSON.stringify(readingsAnswer(first, count)),
    };
  };
}
