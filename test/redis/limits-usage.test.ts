import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { freshKeys, limited, startPair, whileRedisAnswers } from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { slowRate } from '../support/stored-limits.ts';

const usage = '/admin/v1/usage?window=60';

describeWithRedis('what a fleet uses', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const keysOf = async (fleet: string): Promise<readonly string[]> => {
    const [, keys] = (await server.command('SCAN', '0', 'MATCH', `{${fleet}}:*`, 'COUNT', '100000')) as [
      string,
      readonly string[],
    ];
    return keys;
  };

  it('is told by each of its instances, and everything of it expires but what was set', () =>
    whileRedisAnswers(async () => {
      const fleet = randomUUID();
      const read = { read: { rate: slowRate, burst: 40 } };
      const [a, b] = await startPair({
        redis: { url: server.url, fleet },
        applications: {
          storefront: limited({ ...read, read: { ...read.read, mode: 'lease' } }),
          report: limited({ ...read, connect: { rate: 100, sessions: 5 } }),
        },
        tables: { 'shop.products': { cache: { ttl: '60s' } } },
      });
      await a.lookUp(freshKeys(30));
      await b.lookUp(freshKeys(30));
      const report = { application: 'report' };
      const session = await b.ask('POST', '/v1/sessions', {}, report);
      const headers = { 'x-weir-session': String(session.body['sessionId']) };
      const permit = { operation: 'read', units: 15, permitId: randomUUID() };
      expect((await a.ask('POST', '/v1/permits', permit, { ...report, headers })).body).toMatchObject({
        granted: 15,
      });
      await a.admin('PUT', '/admin/v1/limits/storefront/write', { rate: 5 });
      await a.admin('DELETE', '/admin/v1/cache/shop/products');
      for (const weir of [a, b]) {
        const totals = await eventually(
          'everybody has told',
          async () => {
            const { body } = await weir.admin('GET', usage);
            const told = body['totals'] as readonly Record<string, unknown>[];
            const counted = told.reduce((sum, each) => sum + Number(each['admitted']), 0);
            return counted === 56 ? told : undefined;
          },
          { attempts: 100 },
        );
        expect(totals).toMatchObject([
          { application: 'report', operation: 'read', admitted: 15, refused: 0 },
          { application: 'report', operation: 'connect', admitted: 1 },
          { application: 'storefront', operation: 'read', admitted: 40, refused: 20, rate: slowRate },
        ]);
      }
      const expiries = await Promise.all(
        (await keysOf(fleet)).map(async (key) => [
          key.slice(fleet.length + 3).replace(/:\d{10}$/, ':SECOND'),
          Number(await server.command('PTTL', key)),
        ]),
      );
      const lasting = expiries.filter(([, ms]) => ms === -1).map(([key]) => key);
      expect(lasting.sort()).toEqual(['settings', 'settings:audit']);
      const expiring = expiries.filter(([, ms]) => Number(ms) > 0).map(([key]) => String(key));
      expect([...new Set(expiring)]).toEqual(
        expect.arrayContaining([
          'members',
          'board:SECOND',
          'limit:storefront/read',
          'sessions:report/connect',
        ]),
      );
    }));

  it('is one key a second, with a field for each application and operation, however much is asked', async () => {
    const fleet = randomUUID();
    const names = ['one', 'two', 'three'];
    const pair = await startPair({
      redis: { url: server.url, fleet },
      applications: Object.fromEntries(
        names.map((name) => [name, limited({ read: { rate: 30, burst: 5 } })]),
      ),
    });
    const startedMs = performance.now();
    while (performance.now() - startedMs < 1_500) {
      const asked = names.flatMap((application) =>
        pair.map((weir) => weir.lookUp(freshKeys(3), { application })),
      );
      await Promise.all(asked);
    }
    // The last pulse tells what was counted since the one before.
    await delay(500);
    const seconds = Math.ceil((performance.now() - startedMs) / 1_000) + 1;
    const board = (await keysOf(fleet)).filter((key) => key.includes(':board:'));
    expect(board.length).toBeGreaterThan(0);
    expect(board.length).toBeLessThanOrEqual(seconds);
    for (const key of board) {
      const fields = (await server.command('HKEYS', key)) as readonly string[];
      // Admitted and refused.
      expect(fields.length).toBeLessThanOrEqual(2 * names.length);
      expect(Number(await server.command('PTTL', key))).toBeLessThanOrEqual(310_000);
      expect(Number(await server.command('MEMORY', 'USAGE', key))).toBeLessThanOrEqual(
        100 + 100 * fields.length,
      );
    }
  });
});
