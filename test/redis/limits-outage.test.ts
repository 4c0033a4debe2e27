import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import {
  freshKeys,
  type LimitedWeir,
  limited,
  startLimitedWeir,
  startPair,
  untilDegraded,
  whileRedisAnswers,
} from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { slowRate } from '../support/stored-limits.ts';
import { admittedOf, startLookUps, statusesOf } from '../support/unit-load.ts';

const [rate, burst] = [200, 100];
const callers = 3;
/** Each instance looks every quarter of a second whether Redis is back; twice that on a busy machine. */
const foundApartSeconds = 0.5;

/** Calls that were sent to Redis, the breaker's own aside. */
async function callsOf(weir: LimitedWeir, labels: Record<string, string> = {}): Promise<number> {
  const metrics = await weir.metrics();
  const name = 'weir_limiter_store_duration_seconds_count';
  return metrics.sum(name, labels) - metrics.sum(name, { call: 'probe', ...labels });
}

describeWithRedis('limits of a Redis that is away', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await server.command('FLUSHALL');
  });
  afterAll(() => server.stop());

  const startBoth = (mode: string): ReturnType<typeof startPair> =>
    startPair({
      redis: { url: server.url, fleet: randomUUID() },
      applications: { storefront: limited({ read: { rate, burst, mode } }) },
    });
  const startLoad = (pair: readonly LimitedWeir[]) => startLookUps(pair.map((weir) => ({ weir, callers })));

  const freeze = async (): Promise<void> => server.pause();
  const thaw = async (): Promise<void> => server.resume();
  it.each([
    { how: 'frozen', mode: 'exact', begin: freeze, end: thaw },
    { how: 'frozen', mode: 'lease', begin: freeze, end: thaw },
    { how: 'killed', mode: 'exact', begin: () => server.kill(), end: () => server.restart() },
  ])('$how under load, $mode: shares are given, nobody waits, and it is told', ({ mode, begin, end }) =>
    whileRedisAnswers(async () => {
      const pair = await startBoth(mode);
      const load = startLoad(pair);
      await delay(600);
      await untilDegraded(pair, 0);
      const linesBefore = pair.map((weir) => weir.limitLines().length);
      try {
        await begin();
        await untilDegraded(pair, 1);
        for (const weir of pair) expect(await weir.limiter()).toEqual({ ready: true, state: 'warning' });
        const sent = await Promise.all(pair.map((weir) => callsOf(weir)));
        const answered = load.answers.length;
        await delay(800);
        expect(load.answers.length).toBeGreaterThan(answered + 30);
        // Nobody asks it any more, and nobody has waited for it but those who found out.
        expect(await Promise.all(pair.map((weir) => callsOf(weir)))).toEqual(sent);
        for (const weir of pair) {
          expect(await callsOf(weir, { outcome: 'timeout' })).toBeLessThanOrEqual(callers + 3);
        }
      } finally {
        await end();
      }
      await untilDegraded(pair, 0);
      const lines = pair.map((weir, index) => weir.limitLines().slice(linesBefore[index]));
      const isBack = { answers: load.answers.length, seconds: load.seconds() };
      const charges = await Promise.all(pair.map((weir) => callsOf(weir, { outcome: 'ok' })));
      await delay(800);
      const answers = await load.stop();
      for (const [index, weir] of pair.entries()) {
        expect(await weir.limiter()).toEqual({ ready: true, state: 'ok' });
        expect(await callsOf(weir, { outcome: 'ok' })).toBeGreaterThan(charges[index] as number);
        expect(lines[index]).toEqual([
          'Redis does not answer: limits are not counted over all instances',
          'limits are counted over all instances again',
        ]);
      }
      expect(Object.keys(statusesOf(answers))).toEqual(['200', '429']);
      // Both were cut off, and their shares are the limit; the second burst is of Redis, that filled meanwhile. One finds
      // it again later than the other, and lives on its share until then.
      const seconds = load.seconds();
      expect(admittedOf(answers)).toBeLessThanOrEqual(rate * (seconds + foundApartSeconds / 2) + 2 * burst);
      const underWay = 2 * callers * 10;
      expect(admittedOf(answers.slice(isBack.answers))).toBeLessThanOrEqual(
        rate * (seconds - isBack.seconds) + burst + underWay,
      );
      expect(admittedOf(answers)).toBeGreaterThan(0.5 * rate * seconds);
    }),
  );

  it.each([
    { command: 'FLUSHALL', bursts: 2 },
    { command: 'SCRIPT FLUSH', bursts: 1 },
  ])('$command under load costs at most the burst that it forgets', ({ command, bursts }) =>
    whileRedisAnswers(async () => {
      const pair = await startBoth('exact');
      const load = startLoad(pair);
      await delay(600);
      const [name = '', ...words] = command.split(' ');
      await server.command(name, ...words);
      await delay(800);
      const answers = await load.stop();
      expect(Object.keys(statusesOf(answers))).toEqual(['200', '429']);
      expect(admittedOf(answers)).toBeLessThanOrEqual(rate * load.seconds() + bursts * burst);
      for (const weir of pair) {
        expect(await callsOf(weir, { outcome: 'failed' })).toBe(0);
      }
    }),
  );

  describe('where limits say what they do without it', () => {
    it('denies, allows, or gives a share', () =>
      whileRedisAnswers(async () => {
        const read = (onStoreDown: string) => ({ read: { rate: slowRate, burst: 100, onStoreDown } });
        const weir = await startLimitedWeir({
          redis: { url: server.url, fleet: randomUUID() },
          applications: {
            denied: limited(read('deny')),
            allowed: limited(read('allow')),
            shared: limited(read('local')),
          },
        });
        const ask = (application: string, count = 10) => weir.lookUp(freshKeys(count), { application });
        for (const application of ['denied', 'allowed', 'shared']) {
          expect(await ask(application)).toMatchObject({ status: 200, admitted: 10 });
        }
        await server.kill();
        try {
          await untilDegraded([weir], 1);
          const denied = await ask('denied');
          expect(denied).toMatchObject({ status: 503, body: { type: '/problems/limiter-unavailable' } });
          expect(Number(denied.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
          // More than the limit would ever give.
          for (let times = 0; times < 3; times += 1) {
            expect(await ask('allowed', 100)).toMatchObject({ status: 200, admitted: 100 });
          }
          // Its share begins with nothing.
          expect(await ask('shared')).toMatchObject({ status: 429, admitted: 0 });
        } finally {
          await server.restart();
        }
        await untilDegraded([weir], 0);
        for (const application of ['denied', 'allowed', 'shared']) {
          expect(await ask(application, 110)).toMatchObject({ status: 200, admitted: 100 });
        }
      }));
  });
});
