import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import type { Topology } from '../core/topology/topology.ts';
import { usageError } from './cli-error.ts';
import { standardConfig } from './config-options.ts';
import { readSmallFile } from './read-small-file.ts';
import type { Surroundings } from './surroundings.ts';

export interface TopologyOptions {
  readonly config?: string;
}

/** The nodes that a verb is about, and the configuration where one was asked for. */
export interface TopologySource {
  readonly topology: Topology;
  readonly loaded: LoadedConfig | undefined;
}

const largestBytes = 4 * 1_048_576;

/** The argument and the option of the verbs that read a topology file. */
export function withTopologySource(command: Command): Command {
  return command
    .argument('[file]', 'the topology file; default: the one that the configuration names')
    .option(
      '-c, --config <file>',
      'a configuration; without file and configuration: WEIR_CONFIG, then weir.yaml here',
    );
}

/** Throws a `ConfigError` with the faults of either file, a `CliError` where there is none. */
export async function readTopology(
  file: string | undefined,
  options: TopologyOptions,
  { env, stderr }: Surroundings,
): Promise<TopologySource> {
  const config = options.config ?? (file === undefined ? standardConfig(env) : undefined);
  if (file === undefined && config === undefined) {
    throw usageError('which topology? give its file, or --config with a configuration that names one');
  }
  if (config !== undefined && options.config === undefined) stderr.write(`weir: using ${config}\n`);
  const loaded = config === undefined ? undefined : await loadConfigFile(config, env);
  const topology = file === undefined ? loaded?.config.topology : await parseFile(file);
  if (topology === undefined) throw usageError(`${config} names no cassandra.topologyFile`);
  return { topology, loaded };
}

async function loadConfigFile(file: string, env: Surroundings['env']): Promise<LoadedConfig> {
  const { loadConfigAndSettings } = await import('../config/load.ts');
  return loadConfigAndSettings({ file, env, flags: [] });
}

async function parseFile(file: string): Promise<Topology> {
  const { parseTopologyFile } = await import('../core/topology/topology-file.ts');
  const { topology, faults } = parseTopologyFile(readSmallFile(file, largestBytes));
  if (faults.length === 0) return topology;
  const { ConfigError } = await import('../config/config-error.ts');
  throw new ConfigError(faults.map((fault) => ({ file, path: [], ...fault })));
}
