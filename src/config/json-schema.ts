import { referenceForm } from './references.ts';
import { settingsSchemaNode } from './schema.ts';
import { entriesOf, isSection, type SchemaNode, type Tree } from './schema-node.ts';

interface JsonSchema {
  [keyword: string]: unknown;
}

/** What an editor shows while a value is being written; by the path of the setting. */
const examples: Readonly<Record<string, readonly Tree[]>> = {
  'data.tls.certFile': ['tls/data.pem'],
  'data.tls.keyFile': ['tls/data-key.pem'],
  'admin.tls.certFile': ['tls/admin.pem'],
  'admin.tls.keyFile': ['tls/admin-key.pem'],
  'cassandra.contactPoints': [['10.0.0.11', '10.0.0.12:9042']],
  'cassandra.datacenter': ['us-east-1-frontend'],
  'cassandra.rack': ['us-east-1a'],
  'cassandra.topologyFile': ['us-east.topology'],
  'cassandra.password': [`$${'{CASSANDRA_PASSWORD}'}`],
  'cassandra.passwordFile': ['cassandra-password'],
  'cassandra.tls.caFile': ['tls/cassandra-ca.pem'],
  trustedProxies: [['10.0.0.0/8']],
  'classes.*.datacenters': [['us-east-1-frontend', 'us-west-2-frontend']],
  'applications.*.class': ['frontend'],
  'applications.*.keyHashes': [[`sha256:${'0'.repeat(64)}`]],
  'applications.*.tables.*': [['read'], { operations: ['read'], columns: ['title', 'price'] }],
  'applications.*.speculativeRetry': ['99p', '15ms', 'NONE'],
  'tables.*.cache.ttl': ['60s'],
  'tables.*.cache.staleIfError': ['10m'],
  'tables.*.speculativeRetry': ['MIN(99p,15ms)', '99p', '15ms', 'NONE', 'ALWAYS'],
  'tables.*.hedgeBudget': [0.1],
  'limits.read.rate': [20_000],
  'limits.read.burst': [40_000],
  'redis.url': ['redis://127.0.0.1:6379', 'rediss://redis.internal:6380/1'],
  'redis.sentinels': [['10.0.0.31', '10.0.0.32', '10.0.0.33']],
  'redis.master': ['mymaster'],
  'redis.cluster': [['10.0.0.41:6379', '10.0.0.42:6379']],
  'redis.password': [`$${'{REDIS_PASSWORD}'}`],
  'redis.passwordFile': ['redis-password'],
  'redis.tls.caFile': ['tls/redis-ca.pem'],
  'cache.size': ['1GiB'],
  'bounds.timeout': ['5s'],
  'bounds.defaultTimeout': ['250ms'],
  'shutdown.delay': ['5s'],
};

/** A value may come from the environment: it is text in the file then, whatever it stands for. */
const reference = { $ref: '#/$defs/reference' };

/**
 * The schema of the configuration file for editors, JSON Schema of draft 2020-12. It accepts each file that is
 * accepted, but for one that takes whole sections from the environment. Rules between settings are not in it.
 */
export function configJsonSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'weir.schema.json',
    title: 'The configuration of Weir',
    ...schemaOf(settingsSchemaNode, [], false),
    $defs: {
      reference: {
        type: 'string',
        pattern: '\\$\\{[A-Za-z_]',
        description: `A variable of the environment, ${referenceForm}`,
      },
    },
  };
}

function schemaOf(node: SchemaNode, path: readonly string[], inherited: boolean): JsonSchema {
  const reloadable = node.reloadable ?? inherited;
  if (node.like !== undefined) {
    return {
      description: node.description,
      $ref: `#/properties/${node.like.replaceAll('.', '/properties/')}`,
    };
  }
  if (isSection(node)) return { description: node.description, ...sectionOf(node, path, reloadable) };
  const shown = examples[path.join('.')];
  return {
    description: `${node.description}. ${reloadable ? 'Takes effect without a restart.' : 'Needs a restart.'}`,
    ...(node.default === undefined ? {} : { default: node.default }),
    ...(shown === undefined ? {} : { examples: shown }),
    anyOf: [...(node.anyOf ?? [node]).map((branch) => formOf(branch, path, reloadable)), reference],
  };
}

/** A section whose every key has a default may stand there with nothing after it. */
function sectionOf(node: SchemaNode, path: readonly string[], reloadable: boolean): JsonSchema {
  const below = (name: string, child: SchemaNode) => schemaOf(child, [...path, name], reloadable);
  const entries = entriesOf(node);
  return {
    type: node.default === undefined ? 'object' : ['object', 'null'],
    ...(node.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(node.properties).map(([name, child]) => [name, below(name, child)]),
          ),
        }),
    ...(node.required === undefined ? {} : { required: requiredOf(node) }),
    ...(entries === undefined ? {} : { patternProperties: { [entries.pattern]: below('*', entries.entry) } }),
    additionalProperties: false,
  };
}

/** A key with a default may be left out. */
function requiredOf(node: SchemaNode): readonly string[] {
  return (node.required ?? []).filter((name) => node.properties?.[name]?.default === undefined);
}

const keptKeywords = [
  'type',
  'const',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'minItems',
  'maxItems',
  'uniqueItems',
] as const;

function formOf(node: SchemaNode, path: readonly string[], reloadable: boolean): JsonSchema {
  if (isSection(node)) return { description: node.description, ...sectionOf(node, path, reloadable) };
  const kept: JsonSchema = {};
  const keywords: JsonSchema = { ...node };
  for (const keyword of keptKeywords) {
    if (keywords[keyword] !== undefined) kept[keyword] = keywords[keyword];
  }
  if (node.enum !== undefined) kept['type'] = 'string';
  if (node.items === undefined) return kept;
  return {
    ...kept,
    items: { description: node.items.description, anyOf: [formOf(node.items, path, reloadable), reference] },
  };
}
