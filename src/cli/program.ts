import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addCachePurge } from './cache-purge.ts';
import { addCacheStats } from './cache-stats.ts';
import { addCheck } from './check.ts';
import { CliError } from './cli-error.ts';
import { type ClusterAccess, clusterAccess } from './cluster-access.ts';
import { chooseConfig } from './config-options.ts';
import { addConfigPrint } from './config-print.ts';
import { addConfigSchema } from './config-schema.ts';
import { examples } from './examples.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { addExplain } from './explain.ts';
import { addGuard } from './guard.ts';
import { addInit } from './init.ts';
import { addKeyNew } from './key-new.ts';
import { addLimitsApply, addLimitsDiff } from './limits-file.ts';
import { addLimitsGet, addLimitsList } from './limits-list.ts';
import { addLimitsPause, addLimitsSet, addLimitsUnset } from './limits-set.ts';
import { addLookUp } from './lookup.ts';
import { programName } from './program-name.ts';
import { addReady } from './ready.ts';
import { addReplicas } from './replicas.ts';
import { addScan } from './scan.ts';
import { addServe, type ComposeSystem } from './serve.ts';
import { addSplits } from './splits.ts';
import type { Finish, Surroundings } from './surroundings.ts';
import { addToken } from './token.ts';
import { addTopologyExport } from './topology-export.ts';
import { addTopologyLint } from './topology-lint.ts';
import { addTopologyShow } from './topology-show.ts';

/** Loads the whole system only when a verb starts it: the others stay quick. */
const composeWhenAsked: ComposeSystem = async (config, options) => {
  const { composeSystem } = await import('../compose.ts');
  return composeSystem(config, options);
};

/** Runs the command line and tells what to exit with; never throws, never exits by itself. */
export async function runProgram(
  surroundings: Surroundings,
  composeSystem: ComposeSystem = composeWhenAsked,
  clusters: ClusterAccess = clusterAccess,
): Promise<ExitCode> {
  const { argv, stderr } = surroundings;
  let exitCode: ExitCode = exitCodes.ok;
  const finish: Finish = (code) => {
    exitCode = code;
  };
  const program = createProgram(surroundings, composeSystem, clusters, finish);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // It has said what was wrong already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (isConfigError(error)) {
      stderr.write(`${error.message}\n`);
      return exitCodes.usage;
    }
    stderr.write(`weir: ${messageOf(error)}\n`);
    return error instanceof CliError ? error.exitCode : exitCodes.failed;
  }
}

function createProgram(
  surroundings: Surroundings,
  composeSystem: ComposeSystem,
  clusters: ClusterAccess,
  finish: Finish,
): Command {
  const { stdout, stderr, env } = surroundings;
  const program = new Command(programName(env))
    .description('A quality-of-service proxy in front of Apache Cassandra.')
    .version(version())
    // Both before the first verb: a verb inherits them when it is made.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'weir: ')),
    })
    // The arguments of each verb are told by its own help; here they would leave no room for what it does.
    .configureHelp({ subcommandTerm: (verb) => verb.name() })
    .hook('preAction', (_, verb) => chooseConfig(verb, surroundings))
    .addHelpText('after', examples('weir init', 'weir serve --config weir.yaml'));
  addServe(program, surroundings, composeSystem, finish);
  addInit(program, surroundings, clusters);
  addCheck(program, surroundings, clusters, finish);
  addKeyVerbs(program, surroundings);
  addConfigVerbs(program, surroundings);
  addTopologyVerbs(program, surroundings, clusters, finish);
  addToken(program, surroundings);
  addReplicas(program, surroundings);
  addLookUp(program, surroundings);
  addExplain(program, surroundings);
  addSplits(program, surroundings);
  addScan(program, surroundings);
  addLimitsVerbs(program, surroundings);
  addGuard(program, surroundings);
  addCacheVerbs(program, surroundings);
  addReady(program, surroundings, finish);
  return program;
}

function addKeyVerbs(program: Command, surroundings: Surroundings): void {
  const key = program.command('key').description('Credentials of applications.');
  key.addHelpText('after', examples('weir key new', 'weir key new --credential-file storefront.key'));
  addKeyNew(key, surroundings);
}

function addConfigVerbs(program: Command, surroundings: Surroundings): void {
  const config = program.command('config').description('The configuration.');
  config.addHelpText(
    'after',
    examples(
      'weir config print --config weir.yaml',
      'WEIR_DATA__PORT=9090 weir config print --config weir.yaml',
    ),
  );
  addConfigPrint(config, surroundings);
  addConfigSchema(config, surroundings);
}

function addTopologyVerbs(
  program: Command,
  surroundings: Surroundings,
  clusters: ClusterAccess,
  finish: Finish,
): void {
  const topology = program.command('topology').description('The topology file.');
  topology.addHelpText(
    'after',
    examples('weir topology show topology/global/global.topology', 'weir topology lint --config weir.yaml'),
  );
  addTopologyShow(topology, surroundings);
  addTopologyLint(topology, surroundings, clusters, finish);
  addTopologyExport(topology, surroundings);
}

function addLimitsVerbs(program: Command, surroundings: Surroundings): void {
  const limits = program.command('limits').description('The limits of the applications of a running fleet.');
  limits.addHelpText('after', examples('weir limits list', 'weir limits set storefront read rate=30000'));
  addLimitsList(limits, surroundings);
  addLimitsGet(limits, surroundings);
  addLimitsSet(limits, surroundings);
  addLimitsUnset(limits, surroundings);
  addLimitsDiff(limits, surroundings);
  addLimitsApply(limits, surroundings);
  addLimitsPause(limits, surroundings, 'pause');
  addLimitsPause(limits, surroundings, 'resume');
}

function addCacheVerbs(program: Command, surroundings: Surroundings): void {
  const cache = program.command('cache').description('The row cache of a running Weir.');
  cache.addHelpText('after', examples('weir cache stats', 'weir cache purge shop.products --key sku-1'));
  addCacheStats(cache, surroundings);
  addCachePurge(cache, surroundings);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** By its name: the loader of the configuration is not loaded for verbs that read none. */
function isConfigError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConfigError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something failed without saying what';
}
