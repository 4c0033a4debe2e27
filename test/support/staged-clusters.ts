import type { ClusterAccess } from '../../src/cli/cluster-access.ts';
import type { ClusterSurvey } from '../../src/compose/survey-cluster.ts';
import type { Config } from '../../src/config/config.ts';
import type { JobCluster } from '../../src/core/ports.ts';

export interface StagedClusters extends ClusterAccess {
  /** The configurations that were connected with. */
  readonly opened: Config[];
  readonly surveyed: Config[];
  /** Connections that nobody has closed. */
  readonly left: () => number;
}

/** Stands in for the clusters that a verb reaches; `unreachable` is why it does not reach them. */
export function stageClusters(
  cluster: JobCluster,
  { survey, unreachable = '' }: { readonly survey?: ClusterSurvey; readonly unreachable?: string } = {},
): StagedClusters {
  const opened: Config[] = [];
  const surveyed: Config[] = [];
  let left = 0;
  return {
    opened,
    surveyed,
    left: () => left,
    async open(config) {
      opened.push(config);
      left += 1;
      return {
        cluster,
        condition: () => ({
          name: 'cluster',
          state: unreachable === '' ? 'ok' : 'failed',
          reason: unreachable,
        }),
        whenReady: async () => unreachable === '',
        follow: () => {},
        onConnected: () => {},
        close: async () => {
          left -= 1;
        },
      };
    },
    async survey(config) {
      surveyed.push(config);
      if (survey === undefined) throw new Error(unreachable);
      return survey;
    },
  };
}
