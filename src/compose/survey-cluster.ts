import { type ClusterSurvey, surveyCluster as survey } from '../adapters/cassandra/cluster-survey.ts';
import { systemClock } from '../adapters/node/clock.ts';
import type { Config } from '../config/config.ts';

export type { ClusterSurvey } from '../adapters/cassandra/cluster-survey.ts';

/** What can be learnt from the contact points of a configuration whose datacenters may be wrong. Rejects with a reason in words. */
export function surveyCluster({ cassandra }: Config, timeoutMs: number): Promise<ClusterSurvey> {
  if (cassandra.kind !== 'contact-points') throw new Error('the embedded ring needs no survey');
  const { contactPoints, login, tls } = cassandra;
  const settings = {
    contactPoints,
    ...(login === undefined ? {} : { credentials: login }),
    ...(tls === undefined ? {} : { tls }),
  };
  return survey(settings, systemClock, timeoutMs);
}
