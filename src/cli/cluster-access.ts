import type { OpenCluster } from '../compose/open-cluster.ts';
import type { ClusterSurvey } from '../compose/survey-cluster.ts';
import type { Config } from '../config/config.ts';

/** How verbs reach a cluster by themselves; tests hand in one of their own. */
export interface ClusterAccess {
  /** Connects in the background; the caller closes it. */
  open(config: Config): Promise<OpenCluster>;
  /** What is there, for someone who does not know the datacenters yet. Rejects with a reason in words. */
  survey(config: Config, timeoutMs: number): Promise<ClusterSurvey>;
}

/** Loads what it needs only when a verb reaches for a cluster. What happens is told by its outcome, not logged. */
export const clusterAccess: ClusterAccess = {
  async open(config) {
    const [{ openCluster }, { pino }] = await Promise.all([
      import('../compose/open-cluster.ts'),
      import('pino'),
    ]);
    return openCluster(config, pino({ level: 'silent' }));
  },
  async survey(config, timeoutMs) {
    const { surveyCluster } = await import('../compose/survey-cluster.ts');
    return surveyCluster(config, timeoutMs);
  },
};
