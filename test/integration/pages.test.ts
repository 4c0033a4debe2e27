import { Buffer } from 'node:buffer';
import { types } from 'cassandra-driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CassandraCluster } from '../../src/adapters/cassandra/cassandra-cluster.ts';
import type { TableSchema } from '../../src/core/encoding/table-schema.ts';
import type { KeyBytes, PageArea, PageRead, ScanStatement, TokenRange } from '../../src/core/ports.ts';
import { buildRing, type Ring } from '../../src/core/routing/ring.ts';
import { tokenOfKey } from '../../src/core/token/partition-key.ts';
import { compareTokens, largestToken, smallestToken } from '../../src/core/token/token.ts';
import type { ClusterNode } from '../../src/core/topology/cluster-state.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { connectAdapter } from '../support/cassandra-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithCluster, nodeNamed, realCluster, type TestCluster } from '../support/real-cluster.ts';

const keyspace = 'paged';
const frontend = 'us-east-1-frontend';
const sites = 240;
const wideRows = 400;
/** As columns: site, day, hour, owner, celsius. */
type Reading = readonly [string, bigint, number | null, string | null, number | null];

/** Site 0 is wide; each fifth has static content alone, and of the others each has one to four rows. */
function readings(): Reading[] {
  return Array.from({ length: sites }, (_, site): Reading[] => {
    const name = `site-${site}`;
    // Before the epoch, too: the key's bytes are those of a negative number.
    const day = BigInt(site - 100) * 86_400_000n;
    const owner = site % 5 === 0 ? `owner-${site}` : null;
    if (site !== 0 && site % 5 === 0) return [[name, day, null, owner, null]];
    const hours = site === 0 ? wideRows : 1 + (site % 4);
    // The table keeps them in descending order.
    return Array.from({ length: hours }, (_, index) => {
      const hour = hours - 1 - index;
      return [name, day, hour, owner, hour % 3 === 0 ? null : hour] as const;
    });
  }).flat();
}

function keyOf([site, day]: Reading): KeyBytes {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(day);
  return [Buffer.from(site), bytes];
}

describeWithCluster('pages of the real cluster', () => {
  let cluster: TestCluster;
  let adapter: CassandraCluster;
  let table: TableSchema;
  let ring: Ring;

  beforeAll(async () => {
    cluster = realCluster();
    await applySchema(
      `DROP KEYSPACE IF EXISTS ${keyspace};
       CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${frontend}': 3};
       CREATE TABLE ${keyspace}.readings (site text, day timestamp, hour int, owner text static, celsius int,
         PRIMARY KEY ((site, day), hour)) WITH CLUSTERING ORDER BY (hour DESC);
       CREATE TABLE ${keyspace}.changing (k int PRIMARY KEY, a int, b int);`,
      nodeNamed(cluster, 'node-1'),
    );
    adapter = await connectAdapter(cluster);
    table = await eventually('the table is known', () => adapter.table(keyspace, 'readings'));
    ring = await eventually('the keyspace is known', () => buildRing(adapter.state(), keyspace));
    await cluster.withClient(async (client) => {
      const options = { prepare: true, consistency: types.consistencies.all };
      const run = (text: string, parameters: unknown[]) => client.execute(text, parameters, options);
      const rows = readings();
      for (let first = 0; first < rows.length; first += 16) {
        await Promise.all(
          rows.slice(first, first + 16).map(async ([site, day, hour, owner, celsius]) => {
            const at = new Date(Number(day));
            const into = `INSERT INTO ${keyspace}.readings`;
            if (owner !== null) await run(`${into} (site, day, owner) VALUES (?, ?, ?)`, [site, at, owner]);
            if (hour !== null)
              await run(`${into} (site, day, hour, celsius) VALUES (?, ?, ?, ?)`, [site, at, hour, celsius]);
          }),
        );
      }
      for (let k = 0; k < 50; k += 1) {
        await run(`INSERT INTO ${keyspace}.changing (k, a, b) VALUES (?, ?, ?)`, [k, k, k]);
      }
    });
  });
  afterAll(async () => {
    await adapter?.close();
    await applySchema(`DROP KEYSPACE IF EXISTS ${keyspace}`, nodeNamed(cluster, 'node-1'));
  });

  const statementOf = (area: PageArea['kind'], names: readonly string[]): ScanStatement => ({
    table,
    area,
    columns: names.flatMap((name) => table.columns.filter((column) => column.name === name)),
  });

  /** All pages of an area, each asked of the next of `owners`. */
  const readAll = async (
    owners: readonly ClusterNode[],
    request: Pick<PageRead, 'statement' | 'area' | 'rows'>,
  ) => {
    const pages = [];
    let pageState: Uint8Array | undefined;
    do {
      const node = owners[pages.length % owners.length];
      if (node === undefined) throw new Error('nobody owns the area');
      const page = await adapter.readPage({
        ...request,
        node,
        pageState,
        consistency: 'LOCAL_ONE',
        timeoutMs: 5_000,
      });
      pages.push(page);
      pageState = page.pageState;
    } while (pageState !== undefined);
    return pages;
  };

  /** Of all vnodes, in token order; the one that goes across the seam as two. */
  const ranges = (): (TokenRange & { readonly owners: readonly ClusterNode[] })[] =>
    Array.from({ length: ring.ranges() }, (_, range) => {
      const after = ring.rangeStart(range);
      const upTo = ring.rangeEnd(range);
      const owners = ring.ownersOfRange(range, frontend);
      if (compareTokens(after, upTo) < 0) return [{ after, upTo, owners }];
      return [
        { after: smallestToken, upTo, owners },
        { after, upTo: largestToken, owners },
      ];
    })
      .flat()
      .sort((a, b) => compareTokens(a.after, b.after));

  const all = ['site', 'day', 'hour', 'owner', 'celsius'];
  const byToken = (a: Reading, b: Reading): number => compareTokens(tokenOf(a), tokenOf(b));
  const tokenOf = (reading: Reading) => tokenOfKey(keyOf(reading));
  const ownersOf = (reading: Reading) => ring.owners(tokenOf(reading), frontend);
  const wide = (): Reading => readings()[0] as Reading;
  const partitionOf = (reading: Reading): PageArea => ({ kind: 'partition', key: keyOf(reading) });

  it.each([1_000, 3])(
    'of all ranges are all rows once and in order, %i a page, from owners in turn',
    async (rows) => {
      const statement = statementOf('range', all);
      const read: unknown[] = [];
      for (const { owners, after, upTo } of ranges()) {
        const pages = await readAll(owners, { statement, area: { kind: 'range', after, upTo }, rows });
        for (const page of pages) {
          expect(page.rows.length).toBeLessThanOrEqual(rows);
          const last = page.rows.at(-1) as Reading | undefined;
          expect(page.lastKey?.map(asHex)).toEqual(last && keyOf(last).map(asHex));
          read.push(...page.rows);
        }
      }
      expect(read).toEqual(readings().toSorted(byToken));
    },
  );

  it('of the whole ring come from any node, too', async () => {
    const area: PageArea = { kind: 'range', after: smallestToken, upTo: largestToken };
    const nodes = adapter.state().nodes.filter((node) => node.datacenter === frontend);
    const pages = await readAll(nodes, { statement: statementOf('range', all), area, rows: 100 });
    expect(pages.flatMap((page) => page.rows)).toEqual(readings().toSorted(byToken));
  });

  it('of a wide partition go on at another owner without loss or doubles', async () => {
    const statement = statementOf('partition', ['hour', 'owner']);
    const pages = await readAll(ownersOf(wide()), { statement, area: partitionOf(wide()), rows: 7 });
    expect(pages.length).toBeGreaterThan(wideRows / 7);
    const hours = Array.from({ length: wideRows }, (_, index) => [wideRows - 1 - index, 'owner-0']);
    expect(pages.flatMap((page) => page.rows)).toEqual(hours);
    expect(pages[0]?.lastKey?.map(asHex)).toEqual(keyOf(wide()).map(asHex));
  });

  it('have the partition with static content alone as one row without a clustering key', async () => {
    const reading = readings().find(([, , hour]) => hour === null) as Reading;
    const statement = statementOf('partition', ['hour', 'owner']);
    const pages = await readAll(ownersOf(reading), { statement, area: partitionOf(reading), rows: 10 });
    expect(pages.flatMap((page) => page.rows)).toEqual([[null, reading[3]]]);
  });

  it('may have no columns', async () => {
    const statement = statementOf('partition', []);
    const pages = await readAll(ownersOf(wide()), { statement, area: partitionOf(wide()), rows: 1_000 });
    expect(pages.flatMap((page) => page.rows)).toEqual(Array.from({ length: wideRows }, () => []));
  });

  it('of a partition that is not there, or that no table can have, are empty', async () => {
    const statement = statementOf('partition', all);
    const missing = ['none', 'x'.repeat(65_536)].map((site) => keyOf([site, 0n, null, null, null]));
    for (const key of missing) {
      const [page, ...more] = await readAll(ownersOf(wide()), {
        statement,
        area: { kind: 'partition', key },
        rows: 10,
      });
      expect(page).toEqual({ rows: [], lastKey: undefined, pageState: undefined });
      expect(more).toEqual([]);
    }
  });

  it("of an owner's own range are read from its own disk and memory", async () => {
    const [first] = ranges();
    const [owner] = first?.owners ?? [];
    const own = ranges().filter(({ owners }) => owner !== undefined && owners.includes(owner));
    const before = await localScans(cluster);
    let pages = 0;
    for (const { after, upTo } of own) {
      const request = {
        statement: statementOf('range', all),
        area: { kind: 'range' as const, after, upTo },
        rows: 20,
      };
      pages += (await readAll([owner as ClusterNode], request)).length;
    }
    const growth = (await localScans(cluster)).map(([address, count], index) => ({
      address,
      count: count - (before[index]?.[1] ?? 0),
    }));
    process.stdout.write(
      `${pages} pages of ${own.length} own ranges of ${owner?.address}: ${JSON.stringify(growth)}\n`,
    );
    expect(growth.filter(({ count }) => count > 0).map(({ address }) => address)).toEqual([owner?.address]);
    expect(growth.find(({ address }) => address === owner?.address)?.count).toBeGreaterThanOrEqual(
      own.length,
    );
  });

  it('are refused where the node does not understand the page state', async () => {
    const node = ownersOf(wide())[0] as ClusterNode;
    const request: PageRead = {
      node,
      statement: statementOf('partition', all),
      area: partitionOf(wide()),
      pageState: Buffer.from('not a page state'),
      rows: 10,
      consistency: 'LOCAL_ONE',
      timeoutMs: 5_000,
    };
    await expect(adapter.readPage(request)).rejects.toMatchObject({ kind: 'rejected' });
  });

  it('go on when a column was added, and fail when one of theirs was dropped', async () => {
    const changing = await eventually('the table is known', () => adapter.table(keyspace, 'changing'));
    const statement: ScanStatement = { table: changing, area: 'range', columns: changing.columns };
    const [node] = adapter.state().nodes.filter((each) => each.datacenter === frontend);
    const request = {
      node: node as ClusterNode,
      statement,
      area: { kind: 'range', after: smallestToken, upTo: largestToken } as const,
      rows: 20,
      consistency: 'LOCAL_ONE',
      timeoutMs: 5_000,
    } as const;
    const first = await adapter.readPage({ ...request, pageState: undefined });
    await applySchema(`ALTER TABLE ${keyspace}.changing ADD c int`, nodeNamed(cluster, 'node-1'));
    const second = await adapter.readPage({ ...request, pageState: first.pageState });
    const keys = [...first.rows, ...second.rows].map(([k]) => k);
    expect(new Set(keys).size).toBe(40);
    await applySchema(`ALTER TABLE ${keyspace}.changing DROP b`, nodeNamed(cluster, 'node-1'));
    const third = adapter.readPage({ ...request, pageState: second.pageState });
    // The node has forgotten the statement and cannot prepare it again.
    await expect(third).rejects.toMatchObject({ kind: 'read-failure' });
  });
});

function asHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** How many ranges each node has read from its own disk and memory, by address. */
async function localScans(cluster: TestCluster): Promise<(readonly [string, number])[]> {
  const counts: (readonly [string, number])[] = [];
  for (const node of cluster.nodes()) {
    const query =
      "SELECT count FROM system_views.local_scan_latency WHERE keyspace_name = ? AND table_name = 'readings'";
    const result = await cluster.withNodeClient(node, (client) =>
      client.execute(query, [keyspace], { prepare: true }),
    );
    counts.push([`${node.address}:${node.port}`, Number(result.first()?.['count'] ?? 0)]);
  }
  return counts;
}
