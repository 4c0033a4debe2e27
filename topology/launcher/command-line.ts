import { Command, CommanderError, Option } from 'commander';
import { defaultClustersDirectory } from './cluster-directory.ts';
import { type DatacenterSpec, defaultSpec, parseDatacenter } from './cluster-spec.ts';
import { Commands, type CommonOptions, type LauncherOutput } from './commands.ts';
import { guardCluster } from './guardian.ts';
import { LauncherError, messageOf, UsageError } from './launcher-error.ts';
import type { LocalCluster } from './local-cluster.ts';

interface UpOptions extends CommonOptions {
  readonly dc?: readonly DatacenterSpec[];
  readonly firstAddress: string;
  readonly tokens: number;
  readonly dynamicSnitch?: boolean;
  readonly heap: number;
  readonly timerSlack: number;
  readonly quickStart?: boolean;
  readonly password?: boolean;
  readonly tls?: boolean;
  readonly schema?: string;
}

interface AddOptions extends CommonOptions {
  readonly rack?: string;
}

/** A verb as its help shows it. */
interface Verb {
  readonly usage: string;
  readonly description: string;
  readonly examples: readonly [string, string];
}

/** Runs one command and resolves with its exit code: 0 done, 1 failed, 2 wrong usage. */
export async function runLauncher(args: readonly string[], output: LauncherOutput): Promise<number> {
  try {
    await program(output).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    output.talk(`error: ${messageOf(error)}`);
    if (!(error instanceof LauncherError) && error instanceof Error) output.talk(error.stack ?? '');
    return error instanceof UsageError ? 2 : 1;
  }
}

function program(output: LauncherOutput): Command {
  const commands = new Commands(output);
  // Configured before the verbs are added: they inherit it.
  const root = new Command('cluster')
    .description(
      'Runs real Cassandra clusters on loopback addresses of this machine (Linux, Java 17, Maven).',
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.talk(text.trimEnd()),
    });
  addUp(root, commands);
  addDown(root, commands);
  addStatus(root, commands);
  const onNode = (verb: string, what: string, act: (cluster: LocalCluster, node: string) => Promise<void>) =>
    addNodeVerb(root, commands, verb, what, act);
  onNode('pause', 'freeze a node (SIGSTOP)', (cluster, node) => cluster.pause(node));
  onNode('resume', 'thaw a frozen node (SIGCONT)', (cluster, node) => cluster.resume(node));
  onNode('kill', 'end a node without warning (SIGKILL); its data stays', (cluster, node) =>
    cluster.kill(node),
  );
  onNode('start', 'start a killed node again, with its data', (cluster, node) => cluster.start(node));
  addAdd(root, commands);
  onNode('remove', 'decommission a node: its share is streamed away first', (cluster, node) =>
    cluster.remove(node),
  );
  addGuard(root);
  return root;
}

/** npm passes arguments on only after two hyphens, so the examples have them. */
function addVerb(root: Command, { usage, description, examples }: Verb): Command {
  return root
    .command(usage)
    .description(description)
    .option('--name <name>', 'the cluster', defaultSpec.name)
    .option('--directory <path>', 'where clusters are kept', defaultClustersDirectory)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((text) => `  npm run cluster -- ${text}\n`).join('')}`,
    );
}

function addUp(root: Command, commands: Commands): void {
  addVerb(root, {
    usage: 'up',
    description: 'start a cluster and wait until every node knows its peers',
    examples: [
      'up --schema topology/schema.cql',
      'up --name bench --dc east=12:3 --first-address 127.0.0.51',
    ],
  })
    .addOption(
      new Option('--dc <name=nodes:racks>', 'a datacenter; may be given several times')
        .argParser((text, before: readonly DatacenterSpec[] = []) => [...before, parseDatacenter(text)])
        .default(undefined, 'us-east-1-frontend=6:3 us-east-1-backend=2:2'),
    )
    .option('--first-address <address>', "the first node's; the others count up", defaultSpec.firstAddress)
    .option('--tokens <count>', 'tokens a node', Number, defaultSpec.tokensPerNode)
    .option('--heap <MiB>', 'heap a node', Number, defaultSpec.heapMiB)
    .option(
      '--timer-slack <microseconds>',
      "how late a sleeping thread of a node may wake; 0 for the kernel's own",
      Number,
      defaultSpec.timerSlackMicros,
    )
    .option('--dynamic-snitch', 'let coordinators forward reads by measured latency')
    .option('--quick-start', 'only the quick compiler: for tests, never for a measurement')
    .option('--password', 'drivers log in: user cassandra, password cassandra')
    .option('--tls', "drivers speak TLS; the authority's certificate is ca.pem of the cluster's directory")
    .option('--schema <file>', 'CQL to run once the cluster is up; it must fit the datacenters')
    .action((options: UpOptions) => {
      const spec = {
        name: options.name,
        datacenters: options.dc ?? defaultSpec.datacenters,
        firstAddress: options.firstAddress,
        tokensPerNode: options.tokens,
        dynamicSnitch: options.dynamicSnitch ?? false,
        heapMiB: options.heap,
        timerSlackMicros: options.timerSlack,
        quickStart: options.quickStart ?? false,
        password: options.password ?? false,
        tls: options.tls ?? false,
      };
      return commands.up(spec, options, options.schema);
    });
}

function addDown(root: Command, commands: Commands): void {
  addVerb(root, {
    usage: 'down',
    description: 'end a cluster and delete its data',
    examples: ['down', 'down --name bench'],
  }).action((options: CommonOptions) => commands.down(options));
}

function addStatus(root: Command, commands: Commands): void {
  addVerb(root, {
    usage: 'status',
    description: 'show the nodes of a cluster',
    examples: ['status', 'status --name bench --json'],
  }).action((options: CommonOptions) => commands.status(options));
}

function addAdd(root: Command, commands: Commands): void {
  addVerb(root, {
    usage: 'add <datacenter>',
    description: 'bootstrap a new node: it streams its share from the others',
    examples: ['add us-east-1-frontend', 'add us-east-1-frontend --rack us-east-1b'],
  })
    .option('--rack <rack>', 'its rack (default: the one with the fewest nodes)')
    .action((datacenter: string, options: AddOptions) =>
      commands.add({ datacenter, ...(options.rack === undefined ? {} : { rack: options.rack }) }, options),
    );
}

function addNodeVerb(
  root: Command,
  commands: Commands,
  verb: string,
  description: string,
  act: (cluster: LocalCluster, nodeName: string) => Promise<void>,
): void {
  addVerb(root, {
    usage: `${verb} <node>`,
    description,
    examples: [`${verb} node-3`, `${verb} node-3 --name bench`],
  }).action((nodeName: string, options: CommonOptions) =>
    commands.act((cluster) => act(cluster, nodeName), options),
  );
}

/** Not for people: the guardian of a cluster runs as a command of its own. */
function addGuard(root: Command): void {
  root
    .command('guard <pid>', { hidden: true })
    .requiredOption('--name <name>')
    .requiredOption('--directory <path>')
    .action((pid: string, options: CommonOptions) =>
      guardCluster(options.directory, options.name, Number(pid)),
    );
}
