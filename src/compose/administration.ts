import type { Logger } from 'pino';
import { nodeText } from '../adapters/node/text.ts';
import { type ConfigSources, checkConfigText } from '../config/load.ts';
import type { Administration, LogLevel } from '../core/administration.ts';
import { RequestError } from '../core/errors.ts';
import type { GuardAdministration } from '../core/guard/guard.ts';
import type { Clock, Cluster } from '../core/ports.ts';
import type { ReadPath } from '../core/reads/read-path.ts';
import type { LimitAdministration } from '../core/throttle/limit-administration.ts';
import { type CacheAdministrationParts, createCacheAdministration } from './cache-administration.ts';
import type { LiveConfig } from './live-config.ts';
import { type Lint, viewTopology } from './topology-view.ts';

export interface AdministrationParts {
  readonly live: LiveConfig;
  /** What the configuration was read from; undefined where it came from no file. */
  readonly sources: ConfigSources | undefined;
  readonly cluster: Cluster;
  readonly path: ReadPath;
  readonly lint: Lint;
  readonly limits: LimitAdministration;
  readonly guard: GuardAdministration;
  readonly publish: CacheAdministrationParts['publish'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Begins the shutdown; tells how many requests are under way. */
  readonly drain: () => number;
}

/** What the admin port shows and changes, on the parts of the running system. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { live, sources, cluster, path, lint, limits, guard, publish, clock, logger, drain } = parts;
  return {
    config: () => live.view(),
    validateConfig: (yaml) =>
      checkConfigText({
        yaml,
        file: sources?.file ?? 'weir.yaml',
        env: sources?.env ?? {},
        flags: sources?.flags ?? [],
      }),
    reloadConfig: async () => live.reload('admin'),
    topology: () => viewTopology(live.current(), cluster, path, lint),
    explain: async ({ application: name, keyspace, table, body }) => {
      const { applications, bounds } = live.current();
      const found = applications.find(({ application }) => application.name === name);
      if (found === undefined) throw new RequestError('not-found', 'there is no application of this name');
      const deadlineMs = clock.nowMs() + bounds.defaultTimeoutMs;
      return path.explain({ application: found.application, keyspace, table, body, deadlineMs });
    },
    cache: createCacheAdministration({ cache: path.cache, publish, schema: cluster, clock, text: nodeText }),
    limits,
    guard,
    logLevel: {
      get: () => logger.level as LogLevel,
      set: (level) => {
        logger.level = level;
      },
    },
    drain: () => ({ inFlight: drain() }),
  };
}
