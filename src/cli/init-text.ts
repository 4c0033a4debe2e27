import { type ContactPlan, embeddedDatacenters, type InitPlan } from './init-plan.ts';

/** The configuration file, with a word on each part. What it says is checked before it is written. */
export function writeInitText(plan: InitPlan): string {
  return `${[
    ...headLines(plan),
    ...(plan.cassandra.kind === 'embedded' ? embeddedLines() : contactLines(plan.cassandra)),
    ...identityLines(plan),
    ...classLines(plan),
    ...applicationLines(plan),
    ...tableLines(plan),
  ].join('\n')}\n`;
}

function headLines({ schemaPath }: InitPlan): string[] {
  return [
    `# yaml-language-server: $schema=${schemaPath}`,
    '# The configuration of Weir. `weir check --config` tells what is wrong with it, `weir config print` what is in',
    '# force, defaults included. Units are written (125ms, 64MiB); secrets come from files or the environment.',
    '',
    '# Look-ups, scans, writes. Only this machine can reach 127.0.0.1; 0.0.0.0 listens on every address.',
    'data: { host: 127.0.0.1, port: 8080 }',
    '# Health, metrics and administration; best kept on loopback. With the hash of an operator key (`weir key new`)',
    '# in keyHashes.operator the port also changes things.',
    'admin: { host: 127.0.0.1, port: 8081 }',
    '',
  ];
}

function embeddedLines(): string[] {
  return [
    'cassandra:',
    '  # A ring in the memory of this process, for trying things out: its rows are lost at the end.',
    '  # For a cluster of your own: `weir init --contact-point HOST`.',
    '  embedded:',
    '    datacenters:',
    ...Object.entries(embeddedDatacenters).map(([name, nodes]) => `      ${name}: ${nodes} # nodes`),
    '    seedRows: 20000 # shop.products, sku-1 to sku-20000',
    '',
  ];
}

function contactLines({ contactPoints, datacenter, username, passwordFile, caFile }: ContactPlan): string[] {
  return [
    'cassandra:',
    '  # Two or three are enough to begin with: the other nodes are learnt from them.',
    `  contactPoints: ${yamlList(contactPoints)}`,
    `  datacenter: ${yamlText(datacenter)} # where this instance stands`,
    ...(username === undefined ? [] : [`  username: ${yamlText(username)}`]),
    ...(passwordFile === undefined
      ? []
      : [`  passwordFile: ${yamlText(passwordFile)} # the password and nothing else`]),
    ...(caFile === undefined
      ? []
      : [
          `  tls: { caFile: ${yamlText(caFile)} } # who vouches for the certificates of the nodes; they are verified`,
        ]),
    '',
  ];
}

function identityLines({ cassandra }: InitPlan): string[] {
  if (cassandra.kind === 'embedded') {
    return [
      '# Callers say who they are in X-Weir-App, without a credential. Allowed here because the data port listens',
      '# on loopback; on any other address this needs trustedProxies, or `auth: keys`.',
      'auth: trusted',
      '',
    ];
  }
  return ['# Callers show a credential, of which only the hash stands here.', 'auth: keys', ''];
}

function classLines({ classes }: InitPlan): string[] {
  return [
    '# A class names the datacenters that its applications read from: the nearest first, then fallbacks, which serve',
    '# only keys that have no usable owner before them. Classes that share no datacenter cannot slow each other down.',
    'classes:',
    ...classes.map(({ name, datacenters }) => `  ${name}: { datacenters: ${yamlList(datacenters)} }`),
    '',
  ];
}

function applicationLines({ application, cassandra, hash }: InitPlan): string[] {
  const { name, className, tables } = application;
  const hashLines =
    hash === undefined
      ? ['    keyHashes: [] # nobody can be this application before the hash of its credential is here']
      : [
          '    # One more beside it while credentials are changed; `weir key new` makes them.',
          `    keyHashes: [${hash}]`,
        ];
  return [
    'applications:',
    `  ${yamlText(name)}:`,
    `    class: ${className}`,
    ...(cassandra.kind === 'embedded' ? [] : hashLines),
    '    # What it may do (read, scan, write), table by table; { operations: [read], columns: [a, b] } for some columns.',
    '    tables:',
    ...tables.map((table) => `      ${yamlText(table)}: [read]`),
    '',
  ];
}

function tableLines({ application }: InitPlan): string[] {
  const [first = ''] = application.tables;
  return [
    '# Settings of a table; without them the defaults hold.',
    '# tables:',
    `#   ${yamlText(first)}:`,
    '#     # Rows of hot keys are kept in memory; a look-up may then answer with what was true up to ttl ago.',
    '#     cache: { ttl: 60s }',
    '#     consistency: { default: LOCAL_ONE, allowed: [LOCAL_ONE, LOCAL_QUORUM] }',
    '#     # Whoever is granted it may write the table.',
    '#     writable: true',
  ];
}

function yamlList(texts: readonly string[]): string {
  return `[${texts.map(yamlText).join(', ')}]`;
}

/** Words that YAML, or an older YAML, takes for something else than text. */
const reserved = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

/** Plain where that is safe. A `${` would be taken for a variable of the environment, and is written as `$${`. */
function yamlText(text: string): string {
  if (/^[A-Za-z_/.][\w./-]*$/.test(text) && !reserved.test(text) && !/^[.]+$|^\.(inf|nan)$/i.test(text))
    return text;
  return JSON.stringify(text.replaceAll('${', () => '$${'));
}
