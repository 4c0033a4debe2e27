import { dirname, isAbsolute, join } from 'node:path';
import type { Topology } from '../core/topology/topology.ts';
import { parseTopologyFile } from '../core/topology/topology-file.ts';
import type { FileContents } from './file-contents.ts';
import { nearestName } from './nearest-name.ts';
import type { Origins } from './origins.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

const path = ['cassandra', 'topologyFile'];

/** Reports the faults of the topology file, each with its place there; undefined where there is none or it has faults. */
export function checkTopologyFile(
  settings: Settings,
  contents: FileContents,
  configFile: string,
  origins: Origins,
): Topology | undefined {
  const text = contents.get(path.join('.'));
  if (text === undefined) return undefined;
  const { topology, faults } = parseTopologyFile(text);
  const named = settings.cassandra.topologyFile ?? '';
  const file = isAbsolute(named) ? named : join(dirname(configFile), named);
  for (const { line, column, what, why } of faults) origins.report({ file, line, column }, path, what, why);
  return faults.length > 0 ? undefined : topology;
}

/** Reports the datacenters and the rack of the settings that the topology file does not have. */
export function checkTopologyNames(
  { cassandra, classes }: Settings,
  { entries }: Topology,
  report: Report,
): void {
  const datacenters = [...new Set(entries.map((entry) => entry.datacenter))];
  const check = (at: readonly string[], name: string): boolean => {
    if (datacenters.includes(name)) return true;
    const why = `it has ${listed(datacenters)}`;
    report(at, 'is no datacenter of cassandra.topologyFile', why, nearestName(name, datacenters));
    return false;
  };
  const own = cassandra.datacenter ?? Object.keys(cassandra.embedded?.datacenters ?? {})[0];
  if (own === undefined) return;
  const isKnown = check(['cassandra', 'datacenter'], own);
  const racks = [...new Set(entries.filter((entry) => entry.datacenter === own).map((entry) => entry.rack))];
  if (isKnown && cassandra.rack !== undefined && !racks.includes(cassandra.rack)) {
    const why = `${own} has ${listed(racks)}`;
    const nearest = nearestName(cassandra.rack, racks);
    report(['cassandra', 'rack'], 'is no rack of its datacenter in cassandra.topologyFile', why, nearest);
  }
  for (const [name, entry] of Object.entries(classes ?? {})) {
    for (const [index, datacenter] of entry.datacenters.entries()) {
      check(['classes', name, 'datacenters', String(index)], datacenter);
    }
  }
}

const mostListed = 12;

function listed(names: readonly string[]): string {
  const more = names.length - mostListed;
  return names.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
