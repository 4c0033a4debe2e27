import type { Config, EmbeddedCassandra } from '../config/config.ts';

/** The table that the embedded ring is seeded with. */
const demo = { keyspace: 'shop', table: 'products' } as const;
const keysAsked = 50;
const keysMissing = 2;

/** What `serve` says once it listens; on the embedded ring with a line of `curl` that works as it is. */
export function greeting(
  config: Config,
  { dataUrl, adminUrl }: { dataUrl: string; adminUrl: string },
): string {
  const addresses = `data   ${dataUrl}\nadmin  ${adminUrl}\n`;
  if (config.cassandra.kind !== 'embedded') return addresses;
  return [
    'This is the embedded ring: its rows live in memory and are lost at the end.',
    addresses,
    ...trial(config, config.cassandra, dataUrl),
  ].join('\n');
}

function trial(config: Config, cassandra: EmbeddedCassandra, dataUrl: string): string[] {
  const reader = config.applications.find(({ application }) =>
    application.grants.get(`${demo.keyspace}.${demo.table}`)?.operations.has('read'),
  );
  if (reader === undefined) return [];
  const count = Math.min(keysAsked, config.bounds.keys);
  const found = Math.min(Math.max(0, count - keysMissing), cassandra.seedRows);
  const keys = Array.from({ length: count }, (_, index) => {
    // Spread over all rows, so that they lie on many nodes; whatever is beyond the last row is missing.
    const row =
      index < found
        ? 1 + Math.floor((index * cassandra.seedRows) / found)
        : cassandra.seedRows + 1 + index - found;
    return `sku-${row}`;
  });
  const identity =
    config.authentication.mode === 'trusted'
      ? `'X-Weir-App: ${reader.application.name}'`
      : '"Authorization: Bearer $WEIR_CREDENTIAL"';
  const body = JSON.stringify({ keys, columns: ['title', 'price'] });
  const isKept =
    config.tables.get(`${demo.keyspace}.${demo.table}`)?.cache !== undefined &&
    reader.application.cacheUse === 'fill';
  const again = isKept ? "; the second time they come from the cache, as -H 'X-Debug: 1' shows" : '';
  return [
    `Look up ${count} products, ${count - found} of which do not exist${again}:`,
    `curl -sS ${dataUrl}/v1/${demo.keyspace}/${demo.table}/lookup -H ${identity} -H 'content-type: application/json' -d '${body}'`,
    '',
  ];
}
