import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import type { ClusterState } from '../core/topology/cluster-state.ts';
import { failure } from './cli-error.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { examples } from './examples.ts';
import { exitCodes } from './exit-codes.ts';
import { standardTimeoutMs } from './instance.ts';
import { parseDuration } from './option-values.ts';
import { printableText } from './printable-text.ts';
import { withProgress } from './progress.ts';
import type { Finish, Surroundings } from './surroundings.ts';
import { readTopology, type TopologyOptions, withTopologySource } from './topology-source.ts';

interface LintOptions extends TopologyOptions {
  readonly timeout?: number;
  readonly json?: true;
}

const nobody: ClusterState = { nodes: [], keyspaces: new Map() };

export function addTopologyLint(
  parent: Command,
  surroundings: Surroundings,
  clusters: ClusterAccess,
  finish: Finish,
): void {
  const lint = parent
    .command('lint')
    .description(
      'Checks a topology file; with a configuration also against the cluster itself. Exit 1 for findings.',
    )
    .option('--timeout <duration>', 'how long to try to reach the cluster; default: 10s', parseDuration)
    .option('--json', 'print one JSON object');
  withTopologySource(lint)
    .addHelpText(
      'after',
      examples(
        'weir topology lint topology/global/global.topology',
        'weir topology lint us-east.topology --config weir.yaml --json',
      ),
    )
    .action(async (file: string | undefined, options: LintOptions) => {
      const { topology, loaded } = await readTopology(file, options, surroundings);
      const { lintTopology } = await import('../core/topology/lint.ts');
      const state =
        loaded === undefined
          ? nobody
          : await withProgress(
              surroundings,
              'asking the cluster',
              readState(loaded.config, clusters, options.timeout ?? standardTimeoutMs),
            );
      const findings = lintTopology(topology, state);
      const { stdout, stderr } = surroundings;
      const nodes = topology.entries.length;
      stdout.write(
        options.json
          ? `${JSON.stringify({ nodes, againstCluster: loaded !== undefined, findings })}\n`
          : findings.map((finding) => `${printableText(finding)}\n`).join(''),
      );
      const against = loaded === undefined ? 'the file alone was looked at' : 'compared with the cluster';
      stderr.write(`weir: ${nodes} nodes, ${findings.length} findings; ${against}\n`);
      finish(findings.length > 0 ? exitCodes.failed : exitCodes.ok);
    });
}

/** Throws a `CliError` where the cluster is not reached in time. */
async function readState(config: Config, clusters: ClusterAccess, timeoutMs: number): Promise<ClusterState> {
  const open = await clusters.open(config);
  try {
    if (!(await open.whenReady(timeoutMs))) {
      throw failure(`the cluster cannot be read from: ${open.condition().reason}`);
    }
    return open.cluster.state();
  } finally {
    await open.close();
  }
}
