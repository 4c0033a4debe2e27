/** Tables of which every row is known, on a real cluster, with every row on every replica. */
import type { Client } from 'cassandra-driver';
import { atAll, writeAtAll } from '../../loadtest/persistent-write.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import type { JobRow } from './job-calls.ts';
import { nodeNamed, type TestCluster } from './real-cluster.ts';

export const frontend = 'us-east-1-frontend';
export const backend = 'us-east-1-backend';

/** Three replicas in front, two behind. */
export async function createJobKeyspace(
  cluster: TestCluster,
  keyspace: string,
  tables: string,
): Promise<void> {
  await applySchema(
    `DROP KEYSPACE IF EXISTS ${keyspace};
     CREATE KEYSPACE ${keyspace}
       WITH replication = {'class': 'NetworkTopologyStrategy', '${frontend}': 3, '${backend}': 2};
     ${tables}`,
    nodeNamed(cluster, 'node-1'),
  );
}

export async function dropJobKeyspace(cluster: TestCluster | undefined, keyspace: string): Promise<void> {
  if (cluster !== undefined)
    await applySchema(`DROP KEYSPACE IF EXISTS ${keyspace}`, nodeNamed(cluster, 'node-1'));
}

export const wideRows = 3_000;
const sites = 500;

/** `(site, hour DESC)` with a static owner: two wide sites, sites with a few rows, and sites with static content alone. */
export function readingsText(name: string): string {
  return `CREATE TABLE ${name} (site text, hour int, owner text static, celsius int,
    PRIMARY KEY (site, hour)) WITH CLUSTERING ORDER BY (hour DESC);`;
}

/** All rows, by site, each site in the order of the table. */
export function readings(): ReadonlyMap<string, readonly JobRow[]> {
  return new Map(
    Array.from({ length: sites }, (_, index): [string, readonly JobRow[]] => {
      const site = `site-${index}`;
      const owner = index % 3 === 0 ? `owner-${index}` : null;
      if (index >= 2 && index % 9 === 0) return [site, [{ site, hour: null, owner, celsius: null }]];
      const count = index < 2 ? wideRows : 1 + (index % 5);
      const rows = Array.from({ length: count }, (_each, at) => {
        const hour = count - 1 - at;
        return { site, hour, owner, celsius: hour % 4 === 0 ? null : hour + index };
      });
      return [site, rows];
    }),
  );
}

export async function fillReadings(cluster: TestCluster, name: string): Promise<void> {
  const insert = `INSERT INTO ${name} (site, hour, celsius) VALUES (?, ?, ?)`;
  await cluster.withClient(async (client) => {
    await eachOf([...readings()], async ([site, rows]) => {
      const owner = rows[0]?.['owner'];
      if (owner !== null)
        await writeAtAll(client, `INSERT INTO ${name} (site, owner) VALUES (?, ?)`, [site, owner]);
      const written = rows.filter(({ hour }) => hour !== null);
      for (let first = 0; first < written.length; first += 50) {
        const queries = written
          .slice(first, first + 50)
          .map(({ hour, celsius }) => ({ query: insert, params: [site, hour, celsius] }));
        await client.batch(queries, { ...atAll, logged: false });
      }
    });
  });
}

/** `KEYSPACE.NAME (id int PRIMARY KEY, body text)`, a body of so many characters. */
export function parcelsText(name: string): string {
  return `CREATE TABLE ${name} (id int PRIMARY KEY, body text);`;
}

export function bodyOf(id: number, characters: number): string {
  return `${id} `.repeat(characters).slice(0, characters);
}

export async function fillParcels(
  cluster: TestCluster,
  name: string,
  { count, characters }: { readonly count: number; readonly characters: number },
): Promise<void> {
  const query = `INSERT INTO ${name} (id, body) VALUES (?, ?)`;
  // As many as are no warning in the logs of the nodes.
  const together = Math.max(1, Math.min(10, Math.floor(4_000 / characters)));
  const firsts = Array.from({ length: Math.ceil(count / together) }, (_, index) => index * together);
  await cluster.withClient((client: Client) =>
    eachOf(firsts, async (first) => {
      const ids = Array.from({ length: Math.min(together, count - first) }, (_, index) => first + index);
      const queries = ids.map((id) => ({ query, params: [id, bodyOf(id, characters)] }));
      await client.batch(queries, { ...atAll, logged: false });
    }),
  );
}

/** Sixteen at a time. */
async function eachOf<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await run(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
