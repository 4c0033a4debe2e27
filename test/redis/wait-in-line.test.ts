import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import {
  freshKeys,
  type KeysAnswer,
  type LimitedWeir,
  limited,
  startLimitedWeir,
  startPair,
  whileRedisAnswers,
} from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { chargedUnits, slowRate } from '../support/stored-limits.ts';

const waiting = (seconds: number): Record<string, string> => ({
  prefer: `wait=${seconds}`,
  'x-request-timeout-ms': '20000',
});
const patient = { 'x-request-timeout-ms': '20000' };

describeWithRedis('callers who wait for their turn', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const settingsOf = (applications: Record<string, unknown>, others: Record<string, unknown> = {}) => ({
    redis: { url: server.url, fleet: randomUUID() },
    bounds: { timeout: '30s' },
    applications,
    ...others,
  });
  /** One after the other, far enough apart to come in this order. */
  const ask = async (
    weir: LimitedWeir,
    counts: readonly number[],
    headers: Record<string, string>,
  ): Promise<{ readonly order: readonly number[]; readonly answers: readonly KeysAnswer[] }> => {
    const order: number[] = [];
    const asked: Promise<KeysAnswer>[] = [];
    for (const [place, count] of counts.entries()) {
      const answer = weir.lookUp(freshKeys(count), { headers });
      asked.push(answer.finally(() => order.push(place)));
      await delay(30);
    }
    return { order, answers: await Promise.all(asked) };
  };

  it.each([
    { mode: 'exact', onOver: 'reject', headers: waiting(15) },
    { mode: 'lease', onOver: 'reject', headers: waiting(15) },
    { mode: 'exact', onOver: 'wait', headers: patient },
  ])('are served in the order of their coming: $mode, onOver $onOver', ({ mode, onOver, headers }) =>
    whileRedisAnswers(async () => {
      const weir = await startLimitedWeir(
        settingsOf({ storefront: limited({ read: { rate: 20, burst: 8, mode, onOver } }) }),
      );
      expect((await weir.lookUp(freshKeys(8))).admitted).toBe(8);
      // The first wants the most, and nobody slips past it.
      const counts = [8, 1, 5, 1, 1, 2];
      const { order, answers } = await ask(weir, counts, headers);
      expect(order).toEqual([0, 1, 2, 3, 4, 5]);
      expect(answers.map(({ status }) => status)).toEqual(counts.map(() => 200));
      expect(answers.map(({ admitted }) => admitted)).toEqual(counts);
      expect((await weir.metrics()).sum('weir_limit_wait_seconds_count')).toBe(counts.length);
    }),
  );

  it('wait on several instances for one limit, which gives no more for it', () =>
    whileRedisAnswers(async () => {
      const [rate, burst] = [40, 10];
      const pair = await startPair(settingsOf({ storefront: limited({ read: { rate, burst } }) }));
      const startedMs = performance.now();
      const answers = await Promise.all(
        pair.flatMap((weir) =>
          Array.from({ length: 12 }, () => weir.lookUp(freshKeys(3), { headers: waiting(15) })),
        ),
      );
      const seconds = (performance.now() - startedMs) / 1_000;
      expect(answers.map(({ admitted }) => admitted)).toEqual(answers.map(() => 3));
      expect(answers.length * 3).toBeLessThanOrEqual(rate * seconds + burst);
    }));

  it('do not delay another application, nor those of their own who do not wait', () =>
    whileRedisAnswers(async () => {
      const read = { read: { rate: slowRate, burst: 100 } };
      const weir = await startLimitedWeir(settingsOf({ storefront: limited(read), other: limited(read) }));
      await weir.lookUp(freshKeys(100));
      const leave = new AbortController();
      let ended = 0;
      const line = Array.from({ length: 20 }, () =>
        weir
          .lookUp(freshKeys(1), { headers: waiting(20), signal: leave.signal })
          .catch(() => undefined)
          .finally(() => {
            ended += 1;
          }),
      );
      await delay(100);
      for (let times = 0; times < 20; times += 1) {
        expect((await weir.lookUp(freshKeys(5), { application: 'other' })).admitted).toBe(5);
      }
      expect((await weir.lookUp(freshKeys(1))).status).toBe(429);
      expect(ended).toBe(0);
      leave.abort();
      await Promise.all(line);
    }));

  it('are no more than may wait, and are told so', async () => {
    const weir = await startLimitedWeir(
      settingsOf(
        { storefront: limited({ read: { rate: slowRate, burst: 5 } }) },
        { waiting: { callers: 3, longest: '1s' } },
      ),
    );
    await weir.lookUp(freshKeys(5));
    const answers = await Promise.all(
      Array.from({ length: 7 }, () => weir.lookUp(freshKeys(1), { headers: waiting(60) })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 429));
    const types = answers.map(({ body }) => body['type']).sort();
    expect(types).toEqual([
      ...Array.from({ length: 3 }, () => '/problems/over-quota'),
      ...Array.from({ length: 4 }, () => '/problems/queue-full'),
    ]);
  });

  it('leave their place and their units to others when they go', () =>
    whileRedisAnswers(async () => {
      const settings = settingsOf(
        { storefront: limited({ read: { rate: slowRate, burst: 10 } }) },
        { waiting: { callers: 1, longest: '20s' } },
      );
      const weir = await startLimitedWeir(settings);
      const charged = () => chargedUnits(server, settings.redis.fleet, 'storefront/read');
      const typeOf = async (seconds: number) =>
        (await weir.lookUp(freshKeys(1), { headers: waiting(seconds) })).body['type'];
      await weir.lookUp(freshKeys(10));
      const leave = new AbortController();
      const gone = weir.lookUp(freshKeys(8), { headers: waiting(20), signal: leave.signal });
      const isGone = expect(gone).rejects.toThrow();
      await eventually('it waits', async () =>
        (await typeOf(0)) === '/problems/over-quota' && (await typeOf(20)) === '/problems/queue-full'
          ? true
          : undefined,
      );
      leave.abort();
      await isGone;
      // Its place is free.
      await eventually(
        'another waits',
        async () => ((await typeOf(1)) === '/problems/over-quota' ? true : undefined),
        // Long before its time would be over.
        { attempts: 60 },
      );
      // It would have been the first to get these.
      await weir.admin('PUT', '/admin/v1/limits/storefront/read', { burst: 20 });
      expect((await weir.lookUp(freshKeys(10))).admitted).toBe(10);
      expect(await charged()).toBe(20);
      expect((await weir.metrics()).sum('weir_limit_used_units_total')).toBe(20);
    }));

  it('are served from the share of their instance when Redis goes away meanwhile', async () => {
    const weir = await startLimitedWeir(
      settingsOf({ storefront: limited({ read: { rate: 10, burst: 10 } }) }),
    );
    await weir.lookUp(freshKeys(10));
    const line = ask(weir, [10, 2, 2], waiting(15));
    await delay(200);
    await server.kill();
    try {
      const { order, answers } = await line;
      expect(order).toEqual([0, 1, 2]);
      expect(answers.map(({ admitted }) => admitted)).toEqual([10, 2, 2]);
    } finally {
      await server.restart();
    }
  });
});
