import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createLiveConfig } from '../../../src/compose/live-config.ts';
import { createReadSide, guardedMs } from '../../../src/compose/read-side.ts';
import { loadConfigAndSettings } from '../../../src/config/load.ts';
import { ReplicaError } from '../../../src/core/errors.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { eventually } from '../../support/eventually.ts';
import { makeState } from '../../support/rings.ts';
import { createScriptedCluster, products } from '../../support/scripted-cluster.ts';

const guarded = `${goodConfig}  nightly-report: { class: backend, tables: { shop.products: [scan] } }
guard: { target: 60ms }
`;

describe('what the guard is told of a look-up', () => {
  it.each([
    ['its time with Cassandra', 12, false, 12],
    ['nothing where the cache has answered it', undefined, false, undefined],
    ['nothing where no owner was up to be asked', undefined, true, undefined],
    ['all that a request may take where it failed fast', 0.4, true, 10_000],
    ['its time where it failed later than that', 10_020, true, 10_020],
  ])('is %s', (_what, cassandraMs, clusterFailed, told) => {
    expect(guardedMs({ cassandraMs, clusterFailed }, 10_000)).toBe(told);
  });

  it('does not make the front end look fast where its look-ups fail fast', async () => {
    const file = writeConfig(guarded);
    const load = () => loadConfigAndSettings({ file, env: {}, flags: [] });
    const logger = pino({ level: 'silent' });
    const live = createLiveConfig({ initial: load(), load, logger });
    const state = makeState([{ nodes: 6, racks: 3, replicationFactor: 3, datacenter: 'us-east-1-frontend' }]);
    const cluster = createScriptedCluster(state, [products]);
    cluster.answer = () => Promise.reject(new ReplicaError('connection-lost'));
    const { path, limits } = createReadSide(live, cluster, logger);
    const application = live.current().applications[0]?.application;
    if (application === undefined) throw new Error('nobody is configured');
    for (let sent = 0; sent < 60; sent += 1) {
      await path.lookUp({
        application,
        keyspace: 'shop',
        table: 'products',
        body: { keys: [`sku-${sent}`] },
        deadlineMs: performance.now() + 5_000,
        strict: false,
        debug: false,
      });
    }
    await limits.start();
    const { p95Ms = 0 } = await eventually('a decision', () => {
      const { latency } = limits.guard.view().steering;
      return latency.samples > 0 ? latency : undefined;
    });
    await limits.close();
    expect(p95Ms).toBeGreaterThan(60);
  });
});
