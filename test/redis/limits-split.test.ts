import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import {
  type LimitedWeir,
  limited,
  startPair,
  untilDegraded,
  whileRedisAnswers,
} from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { openRedisWay, type RedisWay } from '../support/redis-way.ts';
import { admittedOf, startLookUps, statusesOf } from '../support/unit-load.ts';

const [rate, burst] = [200, 100];
const read = '/admin/v1/limits/storefront/read';

/** Instance `a` is on the master; the way of `b` leads there at first. */
describeWithRedis('limits of a fleet that is split', () => {
  let master: RedisServer;
  let replica: RedisServer;
  beforeAll(async () => {
    master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    replica = await startRedis();
  });
  beforeEach(async () => {
    await master.command('FLUSHALL');
    await follow();
  });
  afterAll(() => Promise.all([master.stop(), replica.stop()]));

  const follow = async (): Promise<void> => {
    await replica.command('REPLICAOF', master.host, String(master.port));
    await expect
      .poll(async () => String(await replica.command('INFO', 'replication')), { timeout: 20_000 })
      .toContain('master_link_status:up');
  };
  const start = async () => {
    const way: RedisWay = await openRedisWay(master);
    onTestFinished(() => way.close());
    const fleet = randomUUID();
    const applications = { storefront: limited({ read: { rate, burst } }) };
    const [a, b] = await startPair(
      { redis: { url: master.url, fleet }, applications },
      { redis: { url: way.url, fleet }, applications },
    );
    /** From here on `b` has a Redis of its own, that has been promoted. */
    const split = async (): Promise<void> => {
      await expect.poll(() => replica.command('EXISTS', `{${fleet}}:members`)).toBe(1);
      await replica.command('REPLICAOF', 'NO', 'ONE');
      way.leadTo(replica);
      await expect.poll(() => namedConnections(replica)).toBeGreaterThan(0);
      await untilDegraded([a, b], 0);
    };
    const heal = async (): Promise<void> => {
      await follow();
      way.leadTo(master);
      await expect.poll(() => namedConnections(replica)).toBe(0);
      await untilDegraded([a, b], 0);
    };
    return { a, b, way, split, heal };
  };

  it('with one of two cut off: its half more, and no more', () =>
    whileRedisAnswers(async () => {
      const { a, b, way } = await start();
      const load = startLookUps([a, b].map((weir) => ({ weir, callers: 3 })));
      await delay(500);
      way.leadTo(undefined);
      await untilDegraded([b], 1);
      await delay(800);
      expect(await a.limiter()).toEqual({ ready: true, state: 'ok' });
      expect(await b.limiter()).toEqual({ ready: true, state: 'warning' });
      way.leadTo(master);
      await untilDegraded([b], 0);
      await delay(500);
      const answers = await load.stop();
      expect(Object.keys(statusesOf(answers))).toEqual(['200', '429']);
      expect(admittedOf(answers)).toBeLessThanOrEqual(rate * load.seconds() * (1 + 1 / 2) + 2 * burst);
      for (const weir of [a, b]) {
        expect(admittedOf(answers.filter((answer) => answer.weir === weir))).toBeGreaterThan(0);
      }
      expect(b.limitLines()).toHaveLength(2);
      expect(a.limitLines()).toEqual([]);
    }));

  it('over two masters: each side has the limit once, and together they have it once when it is healed', () =>
    whileRedisAnswers(async () => {
      const { a, b, split, heal } = await start();
      await split();
      const apart = startLookUps([a, b].map((weir) => ({ weir, callers: 3 })));
      await delay(1_000);
      const answers = await apart.stop();
      for (const weir of [a, b]) {
        const admitted = admittedOf(answers.filter((answer) => answer.weir === weir));
        expect(admitted).toBeLessThanOrEqual(rate * apart.seconds() + burst);
        expect(admitted).toBeGreaterThan(0.5 * rate * apart.seconds());
      }
      await heal();
      const together = startLookUps([a, b].map((weir) => ({ weir, callers: 3 })));
      await delay(1_000);
      const after = await together.stop();
      expect(admittedOf(after)).toBeLessThanOrEqual(rate * together.seconds() + burst);
      expect(Object.keys(statusesOf([...answers, ...after]))).toEqual(['200', '429']);
    }));

  it.each([
    { changes: 1, winner: 11, who: 'those of the master' },
    { changes: 2, winner: 22, who: 'the later ones' },
  ])('after $changes changes there and one here: $who hold on both', async ({ changes, winner }) => {
    const { a, b, split, heal } = await start();
    await split();
    const shown = async (weir: LimitedWeir) => {
      const { body } = await weir.admin('GET', '/admin/v1/limits');
      const { tag, limits } = body as { tag: string; limits: { limit: { rate: number } }[] };
      return { tag, rate: limits[0]?.limit.rate };
    };
    expect((await a.admin('PUT', read, { rate: 11 })).body).toMatchObject({ version: 1 });
    for (let version = 1; version <= changes; version += 1) {
      const { body } = await b.admin('PUT', read, { rate: 20 + version });
      expect(body).toMatchObject({ version });
    }
    expect([await shown(a), await shown(b)]).toMatchObject([{ rate: 11 }, { rate: 20 + changes }]);
    await heal();
    await expect
      .poll(async () => [await shown(a), await shown(b)], { timeout: 10_000 })
      .toMatchObject([{ rate: winner }, { rate: winner }]);
    expect(await shown(a)).toEqual(await shown(b));
  });
});

async function namedConnections(server: RedisServer): Promise<number> {
  const lines = String(await server.command('CLIENT', 'LIST')).split('\n');
  return lines.filter((line) => line.includes('name=weir ')).length;
}
