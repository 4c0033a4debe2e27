import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { usageError } from './cli-error.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { collect } from './config-options.ts';
import { createCredential, credentialFileAt } from './credential.ts';
import { examples } from './examples.ts';
import { type NewFile, refuseExisting, writeFiles } from './init-files.ts';
import { embeddedDatacenters, embeddedTable, type InitPlan } from './init-plan.ts';
import { nextSteps } from './init-steps.ts';
import { writeInitText } from './init-text.ts';
import { standardTimeoutMs } from './instance.ts';
import { parseTableName } from './look-up-arguments.ts';
import { parseDuration } from './option-values.ts';
import { programName } from './program-name.ts';
import { withProgress } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

interface InitOptions {
  readonly out: string;
  readonly contactPoint?: readonly string[];
  readonly datacenter?: string;
  readonly table?: readonly string[];
  readonly application: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly tlsCa?: string;
  readonly credentialFile?: string;
  readonly timeout?: number;
  readonly force?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What is about to be written, and how its tables are asked. */
interface Prepared {
  readonly plan: InitPlan;
  readonly sampleKeys: readonly unknown[];
  readonly notes: readonly string[];
}

export function addInit(parent: Command, surroundings: Surroundings, clusters: ClusterAccess): void {
  parent
    .command('init')
    .description(
      'Writes a configuration: for the cluster behind the contact points, or else for a ring in memory to try out.',
    )
    .option('--contact-point <host>', 'a node of the cluster, host or host:port; may be given again', collect)
    .option('--datacenter <name>', 'where this instance stands; default: where the contact points stand')
    .option(
      '--table <keyspace.table>',
      'a table to be read; may be given again; default: the only one',
      collect,
    )
    .option('--application <name>', 'who reads', 'storefront')
    .option('--username <name>', 'who logs in to Cassandra')
    .option('--password-file <file>', 'file with the password of that log-in')
    .option('--tls-ca <file>', 'PEM file with the authority of the nodes; turns TLS on')
    .option('--credential-file <file>', 'where the credential of the application goes; default: shown once')
    .option('--out <file>', 'the configuration to be written', 'weir.yaml')
    .option('--timeout <duration>', 'how long to try to reach the cluster; default: 10s', parseDuration)
    .option('--force', 'write over files that are there')
    .option('--dry-run', 'print the configuration, write nothing')
    .option('--json', 'print what was written as one JSON object')
    .addHelpText(
      'after',
      examples(
        'weir init',
        'weir init --contact-point 127.0.0.11 --table shop.products --credential-file storefront.key',
      ),
    )
    .action(async (options: InitOptions) => {
      checkOptions(options);
      const { out, credentialFile, force, dryRun } = options;
      if (!force && !dryRun) refuseExisting(credentialFile === undefined ? [out] : [out, credentialFile]);
      const prepared = await withProgress(surroundings, 'asking the cluster', prepare(options, clusters));
      await checkText(writeInitText(prepared.plan), out);
      if (dryRun) showOnly(prepared, options, surroundings);
      else writeAll(prepared, options, surroundings);
    });
}

function checkOptions(options: InitOptions): void {
  const { contactPoint, datacenter, table, username, passwordFile, tlsCa, credentialFile, application } =
    options;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(application)) {
    throw usageError(
      '--application: up to 64 letters, digits, ".", "_" and "-", the first a letter or a digit',
    );
  }
  for (const name of table ?? []) parseTableName(name);
  if ((username === undefined) !== (passwordFile === undefined)) {
    throw usageError('--username and --password-file belong together');
  }
  if (contactPoint !== undefined) return;
  const clusterOnly = {
    '--datacenter': datacenter,
    '--username': username,
    '--tls-ca': tlsCa,
    '--credential-file': credentialFile,
  };
  for (const [option, value] of Object.entries(clusterOnly)) {
    if (value !== undefined) throw usageError(`${option} is for a cluster: give --contact-point too`);
  }
  if (table?.some((name) => name !== embeddedTable)) {
    throw usageError(
      `the ring in memory has ${embeddedTable} only: give --contact-point for a cluster of your own`,
    );
  }
}

async function prepare(options: InitOptions, clusters: ClusterAccess): Promise<Prepared> {
  const schemaPath = fromFile(
    options.out,
    fileURLToPath(new URL('../../topology/weir.schema.json', import.meta.url)),
  );
  const { application: name, contactPoint } = options;
  if (contactPoint === undefined) {
    const [frontend, backend] = Object.keys(embeddedDatacenters) as [string, string];
    const plan: InitPlan = {
      schemaPath,
      cassandra: { kind: 'embedded' },
      classes: [
        { name: 'frontend', datacenters: [frontend] },
        { name: 'backend', datacenters: [backend] },
      ],
      application: { name, className: 'frontend', tables: [embeddedTable] },
      hash: undefined,
    };
    return { plan, sampleKeys: ['sku-1', 'sku-2'], notes: [] };
  }
  const [{ discoverCluster }, { sampleKey }] = await Promise.all([
    import('./init-discovery.ts'),
    import('./sample-key.ts'),
  ]);
  const contact = {
    kind: 'contact-points',
    contactPoints: contactPoint,
    ...loginOf(options, (path) => resolve(path)),
  } as const;
  const { timeout: timeoutMs = standardTimeoutMs, datacenter, table = [] } = options;
  const found = await discoverCluster(
    {
      contact,
      datacenter,
      tables: table,
      application: name,
      givenFiles: { passwordFile: options.passwordFile, tlsCa: options.tlsCa },
      timeoutMs,
    },
    clusters,
  );
  const tables = found.tables.map((schema) => `${schema.keyspace}.${schema.name}`);
  const plan: InitPlan = {
    schemaPath,
    cassandra: {
      ...contact,
      datacenter: found.datacenter,
      ...loginOf(options, (path) => fromFile(options.out, path)),
    },
    classes: found.classes,
    application: { name, className: found.className, tables },
    hash: undefined,
  };
  const [first] = found.tables;
  return { plan, sampleKeys: first === undefined ? [] : [sampleKey(first)], notes: found.notes };
}

function loginOf(
  { username, passwordFile, tlsCa }: InitOptions,
  placed: (path: string) => string,
): { username?: string; passwordFile?: string; caFile?: string } {
  return {
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { passwordFile: placed(passwordFile) }),
    ...(tlsCa === undefined ? {} : { caFile: placed(tlsCa) }),
  };
}

/** A path of the command line as the configuration has it, which counts from its own folder. */
function fromFile(out: string, path: string): string {
  const from = relative(dirname(resolve(out)), resolve(path));
  return isAbsolute(from) || from.split(sep).filter((part) => part === '..').length > 2
    ? resolve(path)
    : from;
}

/** What is written is right by the same rules that it will be read with. Throws a `ConfigError`. */
async function checkText(yaml: string, file: string): Promise<void> {
  const [{ checkConfigText }, { ConfigError }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/config-error.ts'),
  ]);
  const faults = checkConfigText({ yaml, file, env: {} });
  if (faults.length > 0) throw new ConfigError(faults);
}

function showOnly({ plan, notes }: Prepared, options: InitOptions, { stdout, stderr }: Surroundings): void {
  const text = writeInitText(plan);
  stdout.write(options.json ? `${JSON.stringify({ ...describe(plan, options), content: text })}\n` : text);
  for (const note of notes) stderr.write(`note: ${note}\n`);
  stderr.write('weir: nothing was written\n');
}

function writeAll(
  { plan, notes, sampleKeys }: Prepared,
  options: InitOptions,
  { stdout, stderr, env }: Surroundings,
): void {
  const { out, credentialFile, json } = options;
  const key = plan.cassandra.kind === 'embedded' ? undefined : createCredential();
  const files: NewFile[] = [{ path: out, content: writeInitText({ ...plan, hash: key?.hash }), mode: 0o644 }];
  if (key !== undefined && credentialFile !== undefined) {
    // First: a configuration whose credential was lost is worse than a credential without one.
    files.unshift(credentialFileAt(credentialFile, key.credential));
  }
  writeFiles(files);
  stdout.write(
    json ? `${JSON.stringify(describe(plan, options))}\n` : files.map(({ path }) => `${path}\n`).join(''),
  );
  for (const note of notes) stderr.write(`note: ${note}\n`);
  stderr.write(
    nextSteps({
      command: programName(env),
      plan,
      out,
      credentialFile,
      credential: key?.credential,
      sampleKeys,
    }),
  );
}

function describe(
  { cassandra, classes, application }: InitPlan,
  { out, credentialFile }: InitOptions,
): object {
  return {
    file: out,
    cluster: cassandra.kind,
    ...(cassandra.kind === 'embedded' ? {} : { datacenter: cassandra.datacenter }),
    classes,
    application,
    ...(credentialFile === undefined ? {} : { credentialFile }),
  };
}
