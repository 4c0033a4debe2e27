import type { ConfiguredNames } from '../adapters/prometheus/metrics.ts';
import type { Config } from '../config/config.ts';
import { limitedOperations } from '../core/throttle/limit.ts';

/** The label values that a configuration makes known. */
export function configuredNames(config: Config): ConfiguredNames {
  const applications = config.applications.map(({ application }) => application);
  return {
    applications: applications.map((application) => application.name),
    classes: applications.map((application) => application.className),
    operations: [...limitedOperations],
    tables: applications.flatMap((application) => [...application.grants.keys()]),
  };
}
