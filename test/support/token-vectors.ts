/**
 * Makes `test/unit/token/murmur3-vectors.json`: keys and the tokens that a Cassandra node gives them.
 *
 *     node test/support/token-vectors.ts 127.0.0.11 dc1 > test/unit/token/murmur3-vectors.json
 *     npx biome check --write test/unit/token/murmur3-vectors.json
 *
 * The arguments are the address of a node and its datacenter. The node needs no data: the keyspace
 * `token_vectors` is made for the purpose and dropped afterwards.
 */
import { Client } from 'cassandra-driver';

/** Byte strings are in hexadecimal, tokens in decimal. */
export interface TokenVectors {
  readonly release: string;
  /** Lengths 0 to 33 and beyond, as single blob keys. */
  readonly blobs: readonly { readonly key: string; readonly token: string }[];
  readonly scalars: readonly { readonly type: string; readonly key: string; readonly token: string }[];
  readonly composites: readonly {
    readonly types: readonly string[];
    readonly components: readonly string[];
    readonly token: string;
  }[];
}

const keyspace = 'token_vectors';

/** From nothing but ASCII to nothing but high bytes; `index` runs over the key. */
const patterns: readonly ((index: number) => number)[] = [
  (index) => 0x30 + (index % 75),
  (index) => 0x80 + index,
  () => 0xff,
  (index) => (index * 167 + 29) & 0xff,
  (index) => (index % 2 === 0 ? 0x7f : 0x80),
];

const lengths = [
  ...Array.from({ length: 34 }, (_, length) => length),
  47,
  48,
  63,
  64,
  65,
  127,
  255,
  256,
  1000,
];

/** Found by running the hash backwards: its hash is -2^63, which Cassandra replaces by 2^63 - 1. */
const keyOfSmallestHash = '6695e3c7ba3f086354c52c5bc51e53c3';

const literals: Readonly<Record<string, readonly string[]>> = {
  ascii: ["'a'", "'sku-0000123'", "'sixteen letters!'", "'more than sixteen letters'"],
  bigint: ['0', '1', '-1', '255', '-9223372036854775808', '9223372036854775807'],
  blob: ['0x00', '0xff', '0x80808080808080808080'],
  boolean: ['true', 'false'],
  date: ["'1970-01-01'", "'2026-02-28'", "'1582-10-15'"],
  decimal: ['0', '1.0', '1.00', '-1.5', '1e-30', '123456789012345678901234567890.5'],
  double: ['0', '-0.0', '1.5', '-1e300', 'NaN', 'Infinity'],
  float: ['0', '-0.0', '1.5', '-1e30', 'NaN', '-Infinity'],
  inet: ["'127.0.0.1'", "'255.254.253.252'", "'2001:db8::1'", "'fe80::ffff'"],
  int: ['0', '1', '-1', '128', '-2147483648', '2147483647'],
  smallint: ['0', '-1', '-32768', '32767'],
  text: ["'a'", "'Grüße'", "'日本語のキー'", "'🙂🙂🙂🙂🙂'", "'é'"],
  time: ["'00:00:00'", "'23:59:59.999999999'"],
  timestamp: ['0', '-1', '1767225600123'],
  timeuuid: ['8ac6d1dc-fb3e-11ef-9cd2-0242ac120002'],
  tinyint: ['0', '-1', '-128', '127'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '3e1f7b7e-9a57-4c7e-8f3d-5f0c9b1a2d44',
  ],
  varint: ['0', '127', '128', '-129', '340282366920938463463374607431768211456'],
};

const composites: readonly { readonly types: readonly string[]; readonly keys: readonly string[][] }[] = [
  {
    types: ['int', 'text'],
    keys: [
      ['1', "'a'"],
      ['-1', "'Grüße'"],
      ['0', "''"],
    ],
  },
  { types: ['text', 'bigint', 'uuid'], keys: [["'shop'", '-2', '3e1f7b7e-9a57-4c7e-8f3d-5f0c9b1a2d44']] },
  {
    types: ['blob', 'blob'],
    keys: [
      ['0x', '0x'],
      ['0xff', '0x'],
      ['0x', '0xff'],
      ['0x8081', '0xfffefd'],
      [blobOf(255), blobOf(256)],
      [blobOf(1), blobOf(700)],
    ],
  },
  {
    types: ['boolean', 'tinyint', 'smallint', 'varint'],
    keys: [
      ['true', '-1', '-1', '-129'],
      ['false', '1', '300', '0'],
    ],
  },
];

function blobOf(length: number): string {
  return `0x${keyOf(length, (index) => (index * 31 + 200) & 0xff)}`;
}

function keyOf(length: number, byteAt: (index: number) => number): string {
  return Buffer.from(Array.from({ length }, (_, index) => byteAt(index))).toString('hex');
}

async function makeVectors(address: string, datacenter: string): Promise<TokenVectors> {
  const client = await connect(address, datacenter);
  try {
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    await client.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
    );
    const version = await client.execute('SELECT release_version FROM system.local');
    const vectors = {
      release: String(version.first().get(0)),
      blobs: await blobVectors(client),
      scalars: await scalarVectors(client),
      composites: await compositeVectors(client),
    };
    await client.execute(`DROP KEYSPACE ${keyspace}`);
    return vectors;
  } finally {
    await client.shutdown();
  }
}

async function connect(address: string, datacenter: string): Promise<Client> {
  const client = new Client({
    contactPoints: [address],
    localDataCenter: datacenter,
    protocolOptions: { maxVersion: 4 },
  });
  await client.connect();
  return client;
}

/** One row has to exist for `SELECT token(…)` to answer at all. */
async function blobVectors(client: Client): Promise<TokenVectors['blobs']> {
  await client.execute(`CREATE TABLE ${keyspace}.blobs (pk blob PRIMARY KEY)`);
  await client.execute(`INSERT INTO ${keyspace}.blobs (pk) VALUES (0x00)`);
  const keys = lengths.flatMap((length) => patterns.map((pattern) => keyOf(length, pattern)));
  const vectors: { key: string; token: string }[] = [];
  for (const key of new Set([...keys, keyOfSmallestHash])) {
    const answer = await client.execute(`SELECT token(0x${key}) FROM ${keyspace}.blobs LIMIT 1`);
    vectors.push({ key, token: String(answer.first().get(0)) });
  }
  return vectors;
}

async function scalarVectors(client: Client): Promise<TokenVectors['scalars']> {
  const vectors: { type: string; key: string; token: string }[] = [];
  for (const [type, values] of Object.entries(literals)) {
    const rows = await rowsOf(
      client,
      `scalar_${type}`,
      [type],
      values.map((value) => [value]),
    );
    for (const { components, token } of rows) vectors.push({ type, key: components.join(), token });
  }
  return vectors;
}

async function compositeVectors(client: Client): Promise<TokenVectors['composites']> {
  const vectors: { types: readonly string[]; components: string[]; token: string }[] = [];
  for (const [index, { types, keys }] of composites.entries()) {
    const rows = await rowsOf(client, `composite_${index}`, types, keys);
    vectors.push(...rows.map(({ components, token }) => ({ types, components, token })));
  }
  return vectors;
}

/** Writes the keys, then asks the node what bytes they are and which token they have. */
async function rowsOf(
  client: Client,
  table: string,
  types: readonly string[],
  keys: readonly (readonly string[])[],
): Promise<{ components: string[]; token: string }[]> {
  const names = types.map((_, index) => `k${index}`);
  const columns = types.map((type, index) => `k${index} ${type}`);
  await client.execute(
    `CREATE TABLE ${keyspace}.${table} (${columns.join(', ')}, PRIMARY KEY ((${names.join(', ')})))`,
  );
  for (const key of keys) {
    await client.execute(`INSERT INTO ${keyspace}.${table} (${names.join(', ')}) VALUES (${key.join(', ')})`);
  }
  const bytes = types.map((type, index) => (type === 'blob' ? `k${index}` : `${type}_as_blob(k${index})`));
  const answer = await client.execute(
    `SELECT token(${names.join(', ')}), ${bytes.join(', ')} FROM ${keyspace}.${table}`,
  );
  return answer.rows.map((row) => ({
    components: types.map((_, index) => (row.get(index + 1) as Buffer).toString('hex')),
    token: String(row.get(0)),
  }));
}

/** A vector a line. */
function printVectors({ release, ...tables }: TokenVectors): string {
  const parts = Object.entries(tables).map(([name, vectors]) => {
    const lines = vectors.map((vector) => JSON.stringify(vector));
    return `"${name}": [\n${lines.join(',\n')}\n]`;
  });
  return `{\n"release": ${JSON.stringify(release)},\n${parts.join(',\n')}\n}\n`;
}

const [address, datacenter] = process.argv.slice(2);
if (address === undefined || datacenter === undefined) {
  process.stderr.write('usage: node test/support/token-vectors.ts <address> <datacenter>\n');
  process.exitCode = 2;
} else {
  process.stdout.write(printVectors(await makeVectors(address, datacenter)));
}
