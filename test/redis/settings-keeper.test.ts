import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/adapters/node/clock.ts';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import { createRedisFleetStore } from '../../src/adapters/redis/redis-fleet-store.ts';
import type { RedisCommands, RedisConnection } from '../../src/adapters/redis/redis-port.ts';
import { createLimitAdministrator } from '../../src/core/throttle/limit-administrator.ts';
import { createLimitBook } from '../../src/core/throttle/live-limit-book.ts';
import { createSettingsKeeper } from '../../src/core/throttle/settings-keeper.ts';
import { createStoreBreaker } from '../../src/core/throttle/store-breaker.ts';
import { createUsageBoard } from '../../src/core/throttle/usage-board.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { apart, optionsFor, untilReady } from '../support/redis-limits.ts';
import { applications, fileLimits, changeOptions as options } from '../support/settings-fleet.ts';

describeWithRedis('the settings of a fleet', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  const closings: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    server = await startRedis();
    connection = connectRedis(optionsFor(server));
    await untilReady(connection);
  });
  afterEach(async () => {
    await Promise.all(closings.splice(0).map((close) => close()));
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  /** An instance that has pulsed once, and pulses often. */
  async function start(redis: RedisCommands, instance: string) {
    const telemetry = {
      storeCall: () => {},
      unexpected: (error: unknown) => {
        throw error;
      },
    };
    const breaker = createStoreBreaker({ clock: systemClock, telemetry, probe: () => redis.call('PING') });
    const book = createLimitBook();
    book.setFile(fileLimits, applications);
    const store = { fleet: createRedisFleetStore(redis), breaker };
    const keeper = createSettingsKeeper({
      ...store,
      book,
      clock: systemClock,
      random: systemRandom,
      telemetry,
      instance,
      board: createUsageBoard(),
      aliveMs: 5_000,
      pulseMs: 20,
    });
    const limits = createLimitAdministrator({
      ...store,
      book,
      keeper,
      clock: systemClock,
      random: systemRandom,
      wallMs: () => Date.now(),
    });
    await keeper.start();
    closings.push(async () => {
      await keeper.close();
      breaker.close();
    });
    return { ...store, book, keeper, limits };
  }

  const versionIs = (instance: Awaited<ReturnType<typeof start>>, version: number) =>
    eventually(`version ${version}`, () => instance.keeper.settings().version === version || undefined, {
      pauseMs: 5,
    });

  it('are changed here and there, each over the other', async () => {
    const redis = apart(connection);
    const [a, b] = [await start(redis, 'a'), await start(redis, 'b')];
    const { tag } = await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    await b.limits.change({ 'storefront/write': { rate: 6 } }, { ...options, ifMatch: [tag] });
    const late = a.limits.change({ 'storefront/read': null }, { ...options, ifMatch: [tag] });
    await expect(late).rejects.toMatchObject({ slug: 'precondition-failed' });
    await versionIs(a, 2);
    expect(a.book.view()).toEqual(b.book.view());
    expect((await a.limits.history(10)).map(({ what }) => what)).toEqual([
      'limit storefront/write',
      'limit storefront/read',
    ]);
  });

  it('survive FLUSHALL', async () => {
    const redis = apart(connection);
    const [a, b] = [await start(redis, 'a'), await start(redis, 'b')];
    await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    await versionIs(b, 1);
    const settings = a.keeper.settings();
    await server.command('FLUSHALL');
    await eventually('settings in Redis', async () => {
      const { version } = await a.fleet.readSettings();
      return version === 1 || undefined;
    });
    expect(await a.fleet.readSettings()).toEqual(settings);
    expect([a.keeper.settings(), b.keeper.settings()]).toEqual([settings, settings]);
    expect(b.book.limitOf('storefront/read')?.rate).toBe(5);
    await b.limits.change({ 'storefront/read': { rate: 6 } }, options);
    await versionIs(a, 2);
  });

  it('survive a replica that was behind', async () => {
    const redis = apart(connection);
    const [a, b] = [await start(redis, 'a'), await start(redis, 'b')];
    await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    const stale = await redis.callForBytes('DUMP', redis.key('settings'));
    await a.limits.pause('storefront', true, options);
    await a.limits.change({ 'storefront/read': { rate: 6 } }, options);
    await versionIs(b, 3);
    await redis.call('RESTORE', redis.key('settings'), 0, stale as Uint8Array, 'REPLACE');
    await eventually('the latest settings in Redis', async () => {
      const { version } = await a.fleet.readSettings();
      return version === 3 || undefined;
    });
    expect(await a.fleet.readSettings()).toEqual(a.keeper.settings());
    expect([a.book, b.book].map((book) => book.limitOf('storefront/read')?.rate)).toEqual([6, 6]);
    expect([a.book, b.book].map((book) => book.isPaused('storefront'))).toEqual([true, true]);
  });

  it('are those of Redis for whom starts, and the others hear of it', async () => {
    const redis = apart(connection);
    const a = await start(redis, 'a');
    await a.limits.change({ 'storefront/read': { rate: 5 } }, options);
    const b = await start(redis, 'b');
    expect(b.keeper.settings()).toEqual(a.keeper.settings());
    await eventually('two instances', () => a.keeper.instances() === 2 || undefined, { pauseMs: 5 });
    await b.keeper.close();
    await eventually('one instance', () => a.keeper.instances() === 1 || undefined, { pauseMs: 5 });
  });
});
