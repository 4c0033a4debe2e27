import { writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { settleWrites } from '../../../src/compose/job-side.ts';
import { createLiveConfig } from '../../../src/compose/live-config.ts';
import { loadConfigAndSettings } from '../../../src/config/load.ts';
import type { Invalidation } from '../../../src/core/cache/invalidation.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const cached = '{ writable: true, settle: 3s, cache: { ttl: 60s } }';
const uncached = '{ writable: true, settle: 3s }';
const configOf = (products: string) =>
  `${goodConfig}tables: { shop.products: ${products}, shop.orders: ${cached} }\n`;

/** Writes under a configuration that may be reloaded; `fleet`: other instances are told, too. */
function openWrites(products: string, { fleet = true } = {}) {
  const file = writeConfig(configOf(products));
  const load = () => loadConfigAndSettings({ file, env: {}, flags: [] });
  const live = createLiveConfig({ initial: load(), load, logger: pino({ level: 'silent' }) });
  const clock = createFakeClock();
  const told: unknown[] = [];
  const note = ({ table, partitions }: Pick<Invalidation, 'table' | 'partitions'>) =>
    void told.push([clock.nowMs(), table, partitions]);
  const settling = settleWrites({
    live,
    clock,
    cache: {
      invalidatePartitions: (_, table, partitions) => note({ table, partitions }),
      invalidateTable: (_, table) => note({ table, partitions: 'all' }),
    },
    publish: fleet
      ? async (invalidation) => {
          note(invalidation);
          return 'instance';
        }
      : undefined,
    telemetry: {
      unexpected(error) {
        throw error;
      },
    },
  });
  return {
    clock,
    told,
    write: () =>
      settling.written({ keyspace: 'shop', table: 'products', partitions: ['a'], settleMs: 3_000 }),
    reload(changed: string) {
      writeFileSync(file, configOf(changed));
      expect(live.reload('file').outcome).toBe('applied');
    },
  };
}

describe('what caches are told of writes', () => {
  it.each([true, false])('is each partition of a table that is cached, twice; fleet: %s', async (fleet) => {
    const { write, clock, told } = openWrites(cached, { fleet });
    expect(await write()).toBe(fleet ? 'instance' : 'fleet');
    await clock.runUntilIdle();
    expect(told).toEqual([
      [0, 'products', ['a']],
      [3_000, 'products', ['a']],
    ]);
  });

  it.each([true, false])('is nothing of a table that is not, here neither; fleet: %s', async (fleet) => {
    const { write, clock, told } = openWrites(uncached, { fleet });
    expect(await write()).toBe('fleet');
    await clock.runUntilIdle();
    expect(told).toEqual([]);
  });

  it('is a table as a whole where a reload gives it a cache, at once and when it has settled', async () => {
    const { write, clock, told, reload } = openWrites(uncached);
    await write();
    await clock.advance(1_000);
    reload(cached);
    // The reload is not over before what was kept is gone.
    expect(told).toEqual([[1_000, 'products', 'all']]);
    await write();
    await clock.runUntilIdle();
    expect(told.slice(1)).toEqual([
      [1_000, 'products', ['a']],
      [4_000, 'products', 'all'],
    ]);
  });

  it('is nothing at a reload that leaves or takes a cache, and a table again that gets it back', async () => {
    const { clock, told, reload } = openWrites(cached);
    reload('{ writable: true, settle: 3s, cache: { ttl: 30s } }');
    reload(uncached);
    expect(told).toEqual([]);
    reload(cached);
    await clock.runUntilIdle();
    expect(told).toHaveLength(2);
  });
});
