import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Answer,
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

const all = '/admin/v1/limits';
const read = `${all}/storefront/read`;

describeWithRedis('limits that are set at run time', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const settingsOf = (fleet: string) => ({
    redis: { url: server.url, fleet },
    applications: { storefront: limited({ read: { rate: slowRate, burst: 800 } }), other: limited({}) },
  });
  const startBoth = async () => {
    const fleet = randomUUID();
    const [a, b] = await startPair(settingsOf(fleet));
    return { fleet, a, b, key: `{${fleet}}:settings` };
  };
  const tagOf = async (weir: LimitedWeir): Promise<string> =>
    String((await weir.admin('GET', all)).headers.get('etag'));
  const set = async (weir: LimitedWeir, change: Record<string, unknown>): Promise<Answer> => {
    const answer = await weir.admin('PUT', read, change);
    expect(answer.status).toBe(200);
    return answer;
  };
  const untilSame = async (a: LimitedWeir, b: LimitedWeir): Promise<void> => {
    const tag = await tagOf(a);
    await eventually('the same settings', async () => (await tagOf(b)) === tag || undefined, { pauseMs: 10 });
  };

  it('hold on another instance with its next pulse but one', () =>
    whileRedisAnswers(async () => {
      const { a, b } = await startBoth();
      const pulses = async (): Promise<number> =>
        (await b.metrics()).sum('weir_limiter_store_duration_seconds_count', { call: 'pulse' });
      const before = await pulses();
      await set(a, { rate: slowRate, burst: 6 });
      expect(await a.lookUp(freshKeys(4))).toMatchObject({ status: 200, admitted: 4 });
      await untilSame(a, b);
      expect((await pulses()) - before).toBeLessThanOrEqual(2);
      // What was used counts for the new limit, and more than it has is gone: it is a smaller one.
      const ofBoth = [await b.lookUp(freshKeys(4)), await a.lookUp(freshKeys(4))];
      expect(ofBoth.map(({ admitted }) => admitted)).toEqual([2, 0]);
      expect((await b.ask('GET', '/v1/limits')).body).toMatchObject({
        limits: [{ operation: 'read', burst: 6 }],
      });
    }));

  it('survive FLUSHALL, and are there for whoever starts after it', async () => {
    const { a, b, key, fleet } = await startBoth();
    await set(a, { burst: 7 });
    await untilSame(a, b);
    const tag = await tagOf(a);
    await server.command('FLUSHALL');
    await eventually('they are put back', async () =>
      (await server.command('HGET', key, 'version')) === '1' ? true : undefined,
    );
    const later = await startLimitedWeir(settingsOf(fleet));
    expect(await Promise.all([a, b, later].map(tagOf))).toEqual([tag, tag, tag]);
    expect((await later.admin('GET', read)).body).toMatchObject({ limit: { burst: 7 } });
  });

  it('survive a replica that was behind', async () => {
    const { a, b, key } = await startBoth();
    await set(a, { burst: 7 });
    const stale = (await server.command('HGETALL', key)) as readonly string[];
    await set(a, { burst: 8 });
    await set(a, { burst: 9 });
    await untilSame(a, b);
    const tag = await tagOf(a);
    await server.command('HSET', key, ...stale);
    await eventually('they are put back', async () =>
      (await server.command('HGET', key, 'version')) === '3' ? true : undefined,
    );
    expect(await Promise.all([a, b].map(tagOf))).toEqual([tag, tag]);
  });

  it('survive all instances', async () => {
    const { a, b, fleet } = await startBoth();
    await set(a, { burst: 7 });
    const tag = await tagOf(a);
    await Promise.all([a.stop(), b.stop()]);
    const [c, d] = await startPair(settingsOf(fleet));
    expect(await Promise.all([c, d].map(tagOf))).toEqual([tag, tag]);
    expect(await c.admin('DELETE', read)).toMatchObject({ status: 200, body: { version: 2 } });
    await untilSame(c, d);
    expect((await d.admin('GET', read)).body).toMatchObject({ limit: { burst: 800 }, change: null });
    const { lines } = (await d.admin('GET', '/admin/v1/limits-history')).body as {
      lines: readonly { what: string; before: unknown; after: unknown }[];
    };
    expect(lines).toMatchObject([
      { what: 'limit storefront/read', before: { burst: 7 }, after: null },
      { what: 'limit storefront/read', before: null, after: { burst: 7 } },
    ]);
  });

  it.each([
    { what: { rate: -1 }, pointer: '/rate', detail: 'must be a number from' },
    { what: { burst: 1.5 }, pointer: '/burst', detail: 'must be a whole number from' },
    { what: { sessions: 3 }, pointer: '/sessions', detail: 'only connect limits sessions' },
  ])('are not changed by a bad change, which is told why: $pointer', async ({ what, pointer, detail }) => {
    const { a, b } = await startBoth();
    await set(a, { burst: 7 });
    await untilSame(a, b);
    const tag = await tagOf(a);
    const refused = await b.admin('PUT', read, what);
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toMatchObject([{ pointer, detail: expect.stringContaining(detail) }]);
    const several = { 'storefront/read': { burst: 8 }, 'storefront/write': what };
    expect((await b.admin('PUT', all, { limits: several })).status).toBe(400);
    expect((await b.admin('PUT', `${all}/nobody/read`, { rate: 1 })).status).toBe(404);
    expect(await b.admin('PUT', `${read}?dryRun=true`, { burst: 9 })).toMatchObject({
      status: 200,
      body: { dryRun: true, version: 1, limits: [{ before: { burst: 7 }, after: { burst: 9 } }] },
    });
    expect(await Promise.all([a, b].map(tagOf))).toEqual([tag, tag]);
    expect((await b.admin('GET', read)).body).toMatchObject({ limit: { burst: 7 } });
  });

  it('are changed by the first of two who both saw the same', async () => {
    const { a, b } = await startBoth();
    const headers = { 'if-match': await tagOf(a) };
    expect(await tagOf(b)).toBe(headers['if-match']);
    const statuses = [
      (await a.admin('PUT', read, { burst: 7 }, headers)).status,
      (await b.admin('PUT', read, { burst: 8 }, headers)).status,
    ];
    expect(statuses).toEqual([200, 412]);
    await untilSame(a, b);
    expect((await b.admin('GET', read)).body).toMatchObject({ limit: { burst: 7 } });
  });

  it('pause an application on every instance, and nobody else, until it is resumed', async () => {
    const { a, b } = await startBoth();
    const pause = '/admin/v1/applications/storefront';
    expect((await a.admin('POST', `${pause}/pause`)).status).toBe(200);
    await untilSame(a, b);
    for (const weir of [a, b]) {
      expect(await weir.lookUp(freshKeys(1))).toMatchObject({
        status: 429,
        body: { type: '/problems/application-paused' },
      });
      expect((await weir.lookUp(freshKeys(1), { application: 'other' })).status).toBe(200);
      expect((await weir.ask('GET', '/v1/limits')).body).toMatchObject({ paused: true });
    }
    expect((await b.admin('POST', `${pause}/resume`)).status).toBe(200);
    await untilSame(b, a);
    for (const weir of [a, b]) expect((await weir.lookUp(freshKeys(1))).status).toBe(200);
  });

  it('are as they were where Redis is away, and cannot be changed meanwhile', async () => {
    const { a, b } = await startBoth();
    await set(a, { burst: 7 });
    await untilSame(a, b);
    const tag = await tagOf(a);
    await server.kill();
    try {
      await untilDegraded([a, b], 1);
      const refused = await b.admin('PUT', read, { burst: 8 });
      expect(refused).toMatchObject({ status: 503, body: { type: '/problems/limiter-unavailable' } });
    } finally {
      await server.restart();
    }
    await untilDegraded([a, b], 0);
    expect(await Promise.all([a, b].map(tagOf))).toEqual([tag, tag]);
    await set(b, { burst: 8 });
    await untilSame(b, a);
  });
});
