import type { Command } from 'commander';
import { classOrders } from './class-orders.ts';
import { usageError } from './cli-error.ts';
import { examples } from './examples.ts';
import { type Paint, paintFor } from './paint.ts';
import { printableText } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';
import {
  readTopology,
  type TopologyOptions,
  type TopologySource,
  withTopologySource,
} from './topology-source.ts';

interface ShownTopology {
  readonly ownDatacenter: string | null;
  readonly datacenters: readonly {
    readonly name: string;
    readonly regions: readonly string[];
    /** From the own datacenter; null where nobody said which one that is. */
    readonly distance: string | null;
    readonly racks: readonly string[];
    readonly nodes: readonly {
      readonly publicAddress: string;
      readonly privateAddress: string;
      readonly rack: string;
    }[];
  }[];
  /** Only of a configuration. */
  readonly classes: readonly { readonly name: string; readonly datacenters: readonly string[] }[];
}

export function addTopologyShow(parent: Command, surroundings: Surroundings): void {
  const show = parent
    .command('show')
    .description(
      'Shows the datacenters, regions, racks and nodes of a topology file, and what is how far away.',
    )
    .option('--datacenter <name>', 'measure distances from there; default: cassandra.datacenter')
    .option('--nodes', 'show each node')
    .option('--json', 'print one JSON object, nodes included');
  withTopologySource(show)
    .addHelpText(
      'after',
      examples(
        'weir topology show topology/global/global.topology --datacenter us-east-1-frontend',
        'weir topology show --config weir.yaml --json',
      ),
    )
    .action(async (file: string | undefined, options: TopologyOptions & ShowOptions) => {
      const source = await readTopology(file, options, surroundings);
      const shown = await describeTopology(source, options.datacenter);
      const { stdout, env } = surroundings;
      stdout.write(
        options.json
          ? `${JSON.stringify(shown)}\n`
          : formatTopology(shown, options.nodes === true, paintFor(stdout, env)),
      );
    });
}

interface ShowOptions {
  readonly datacenter?: string;
  readonly nodes?: true;
  readonly json?: true;
}

async function describeTopology(
  { topology, loaded }: TopologySource,
  datacenter: string | undefined,
): Promise<ShownTopology> {
  const { distanceBetween, orderByDistance, regionsOf } = await import('../core/topology/distance.ts');
  const names = [...new Set(topology.entries.map((entry) => entry.datacenter))];
  const own = datacenter ?? loaded?.config.cassandra.datacenter;
  if (own !== undefined && !names.includes(own)) {
    throw usageError(`the topology has no datacenter ${printableText(own)}; it has ${names.join(', ')}`);
  }
  const ordered = own === undefined ? names : orderByDistance(topology, own, names);
  return {
    ownDatacenter: own ?? null,
    datacenters: ordered.map((name) => {
      const entries = topology.entries.filter((entry) => entry.datacenter === name);
      return {
        name,
        regions: regionsOf(topology, name),
        distance: own === undefined ? null : distanceBetween(topology, own, name),
        racks: [...new Set(entries.map(({ rack }) => rack))],
        nodes: entries.map(({ publicAddress, privateAddress, rack }) => ({
          publicAddress,
          privateAddress,
          rack,
        })),
      };
    }),
    classes: loaded === undefined ? [] : classOrders(loaded),
  };
}

function formatTopology({ datacenters, classes }: ShownTopology, withNodes: boolean, paint: Paint): string {
  const header = ['datacenter', 'regions', 'distance', 'racks', 'nodes'];
  const rows = datacenters.map(({ name, regions, distance, racks, nodes }) => [
    name,
    regions.join(', '),
    distance ?? '',
    racks.join(', '),
    String(nodes.length),
  ]);
  const tables = [formatTextTable(header, printable(rows), paint)];
  if (withNodes) {
    const lines = datacenters.flatMap(({ name, nodes }) =>
      nodes.map(({ publicAddress, privateAddress, rack }) => [publicAddress, privateAddress, name, rack]),
    );
    tables.push(formatTextTable(['public', 'private', 'datacenter', 'rack'], printable(lines), paint));
  }
  if (classes.length > 0) {
    const lines = classes.map((entry) => [entry.name, entry.datacenters.join(', then ')]);
    tables.push(formatTextTable(['class', 'reads from'], printable(lines), paint));
  }
  return tables.join('\n');
}

function printable(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return rows.map((row) => row.map(printableText));
}
