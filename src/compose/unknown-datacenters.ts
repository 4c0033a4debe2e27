import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/load.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { ConfigFault } from '../core/administration.ts';
import type { ClusterState } from '../core/topology/cluster-state.ts';

/**
 * Datacenters that a reload would bring and that the cluster does not have: most likely slips, and every instance
 * of the fleet would follow them at once. At a start they are taken, since the cluster may not be there yet.
 */
export function unknownDatacenters(
  state: ClusterState,
  before: Config,
  after: LoadedConfig,
): readonly ConfigFault[] {
  const known = [...new Set(state.nodes.map(({ datacenter }) => datacenter))].sort();
  if (known.length === 0) return [];
  const old = new Set(before.applications.flatMap(({ application }) => application.datacenters));
  return Object.entries(after.settings.classes ?? {}).flatMap(([name, { datacenters }]) =>
    datacenters.flatMap((datacenter, index) => {
      if (known.includes(datacenter) || old.has(datacenter)) return [];
      const path = ['classes', name, 'datacenters', String(index)];
      return [
        {
          ...after.reading.places.valueAt(path),
          path,
          what: `${path.join('.')} is no datacenter of the cluster`,
          why: `it has ${known.join(', ')}`,
          nearest: nearestName(datacenter, known),
        },
      ];
    }),
  );
}
