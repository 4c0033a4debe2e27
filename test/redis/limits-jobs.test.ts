import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Answer,
  type LimitedWeir,
  limited,
  startPair,
  untilDegraded,
  whileRedisAnswers,
} from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { chargedUnits, slowRate } from '../support/stored-limits.ts';

const job = { application: 'job' };
const openSession = (weir: LimitedWeir, body: unknown = {}, asking = job): Promise<Answer> =>
  weir.ask('POST', '/v1/sessions', body, asking);
const idOf = ({ body }: Answer): string => String(body['sessionId']);

describeWithRedis('jobs on several instances', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const startBoth = async (connect: Record<string, unknown>) => {
    const fleet = randomUUID();
    const [a, b] = await startPair({
      redis: { url: server.url, fleet },
      applications: {
        job: limited({ connect, scan: { rate: slowRate, burst: 100 } }),
        free: limited({ scan: { rate: slowRate, burst: 100 } }),
      },
    });
    return { a, b, charged: (id: string) => chargedUnits(server, fleet, id) };
  };

  it('hold as many sessions as they may, wherever they open them', () =>
    whileRedisAnswers(async () => {
      const { a, b } = await startBoth({ rate: 1_000, sessions: 7 });
      const opened = await Promise.all(Array.from({ length: 20 }, (_, at) => openSession(at % 2 ? a : b)));
      const held = opened.filter(({ status }) => status === 201);
      const refused = opened.filter(({ status }) => status === 429);
      expect([held.length, refused.length]).toEqual([7, 13]);
      expect(new Set(held.map(idOf)).size).toBe(7);
      for (const { body, headers } of refused) {
        expect(body).toMatchObject({ reason: 'connect-sessions' });
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      // Any instance renews and ends them.
      const [first] = held as [Answer];
      for (const weir of [a, b]) {
        const renewed = await weir.ask('PUT', `/v1/sessions/${idOf(first)}`, { ttlSeconds: 60 }, job);
        expect(renewed).toMatchObject({ status: 200, body: { expiresInMs: 60_000 } });
      }
      expect((await b.ask('DELETE', `/v1/sessions/${idOf(first)}`, undefined, job)).status).toBe(204);
      expect((await a.ask('DELETE', `/v1/sessions/${idOf(first)}`, undefined, job)).status).toBe(404);
      const again = [await openSession(a), await openSession(b)];
      expect(again.map(({ status }) => status)).toEqual([201, 429]);
    }));

  it('open no more sessions a second than they may', () =>
    whileRedisAnswers(async () => {
      const { a, b } = await startBoth({ rate: slowRate, burst: 4 });
      const opened = await Promise.all(Array.from({ length: 10 }, (_, at) => openSession(at % 2 ? a : b)));
      expect(opened.filter(({ status }) => status === 201)).toHaveLength(4);
      expect(opened.find(({ status }) => status === 429)?.body).toMatchObject({ reason: 'connect-rate' });
    }));

  it('that crash leave a session behind, which ends by itself', () =>
    whileRedisAnswers(async () => {
      const { a, b } = await startBoth({ rate: 1_000, sessions: 1 });
      const lost = await openSession(a, { ttlSeconds: 1 });
      expect(lost.status).toBe(201);
      expect((await openSession(b)).status).toBe(429);
      const next = await eventually('there is room again', async () => {
        const answer = await openSession(b);
        return answer.status === 201 ? answer : undefined;
      });
      expect(idOf(next)).not.toBe(idOf(lost));
      expect((await a.ask('PUT', `/v1/sessions/${idOf(lost)}`, {}, job)).status).toBe(404);
    }));

  const take = (weir: LimitedWeir, permitId: string, units: number, session?: string, application = 'job') =>
    weir.ask(
      'POST',
      '/v1/permits',
      { operation: 'scan', units, permitId },
      { application, headers: session === undefined ? {} : { 'x-weir-session': session } },
    );

  it('name a session where they need one', () =>
    whileRedisAnswers(async () => {
      const { a, b, charged } = await startBoth({ rate: 1_000, sessions: 3 });
      const [mine, strange] = [idOf(await openSession(a)), 'A'.repeat(22)];
      for (const session of [undefined, strange, 'x']) {
        expect(await take(b, randomUUID(), 5, session)).toMatchObject({
          status: 428,
          body: { type: '/problems/session-required' },
        });
      }
      expect(await charged('job/scan')).toBe(0);
      expect((await take(b, randomUUID(), 5, mine)).body).toMatchObject({ granted: 5 });
      // Without a limit on `connect` there is no need, and a session is of its own application.
      expect((await take(b, randomUUID(), 5, undefined, 'free')).body).toMatchObject({ granted: 5 });
      expect([await charged('job/scan'), await charged('free/scan')]).toEqual([5, 5]);
    }));

  it('take a permit once, however often and wherever they ask for it, and return it once', () =>
    whileRedisAnswers(async () => {
      const { a, b, charged } = await startBoth({ rate: 1_000 });
      const asking = { application: 'free' };
      const giveBack = (weir: LimitedWeir, id: string, units: number) =>
        weir.ask('POST', `/v1/permits/${id}/return`, { units }, asking);
      const id = randomUUID();
      const taken = await Promise.all(
        Array.from({ length: 10 }, (_, at) => take(at % 2 ? a : b, id, 60, undefined, 'free')),
      );
      expect(taken.map(({ body }) => body['granted'])).toEqual(taken.map(() => 60));
      expect(await charged('free/scan')).toBe(60);
      // More than was granted is not given back, and only once.
      const returns = await Promise.all([giveBack(a, id, 500), giveBack(b, id, 500)]);
      expect(returns.map(({ status }) => status).sort()).toEqual([200, 404]);
      expect(returns.find(({ status }) => status === 200)?.body).toMatchObject({ returned: 60 });
      expect(await charged('free/scan')).toBe(0);
      const ofAnother = await a.ask('POST', `/v1/permits/${id}/return`, { units: 1 }, job);
      expect(ofAnother.status).toBe(404);
      // Repeated after its return it is not charged either.
      await take(a, id, 60, undefined, 'free');
      expect(await charged('free/scan')).toBe(0);
    }));

  it('take a part where there is no more, and nothing where there is nothing', () =>
    whileRedisAnswers(async () => {
      const { a, b, charged } = await startBoth({ rate: 1_000 });
      const granted = async (weir: LimitedWeir, units: number) =>
        (await take(weir, randomUUID(), units, undefined, 'free')).body['granted'];
      expect([await granted(a, 70), await granted(b, 70)]).toEqual([70, 30]);
      expect((await take(a, randomUUID(), 1, undefined, 'free')).status).toBe(429);
      expect(await charged('free/scan')).toBe(100);
    }));

  it('go on without Redis, and are known to all when it is back', async () => {
    const { a, b } = await startBoth({ rate: 1_000, sessions: 4 });
    const before = idOf(await openSession(a, { ttlSeconds: 60 }));
    await server.kill();
    let meanwhile = '';
    try {
      await untilDegraded([a, b], 1);
      const renewed = await b.ask('PUT', `/v1/sessions/${before}`, { ttlSeconds: 60 }, job);
      expect(renewed.status).toBe(200);
      const opened = await eventually('a share of the rate', async () => {
        const answer = await openSession(a, { ttlSeconds: 60 });
        return answer.status === 201 ? answer : undefined;
      });
      meanwhile = idOf(opened);
    } finally {
      await server.restart();
    }
    await untilDegraded([a, b], 0);
    // The first call that Redis answers lets each hand over what it holds.
    for (const [here, there, id] of [
      [a, b, meanwhile],
      [b, a, before],
    ] as const) {
      await here.ask('PUT', `/v1/sessions/${id}`, { ttlSeconds: 60 }, job);
      await eventually('the other instance knows it', async () => {
        const { status } = await there.ask('PUT', `/v1/sessions/${id}`, { ttlSeconds: 60 }, job);
        return status === 200 || undefined;
      });
    }
    const further = await Promise.all([a, b, a, b].map((weir) => openSession(weir)));
    expect(further.filter(({ status }) => status === 201)).toHaveLength(2);
  });
});
