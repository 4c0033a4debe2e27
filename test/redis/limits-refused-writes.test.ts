import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { freshKeys, limited, startLimitedWeir, untilDegraded } from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import type { ShownReadiness } from '../support/weir-admin.ts';

describeWithRedis('limits of a Redis that answers and cannot be used', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  const start = (fleet: string) =>
    startLimitedWeir({
      redis: { url: server.url, fleet },
      applications: { storefront: limited({ read: { rate: 2, burst: 4 } }), other: limited({}) },
    });

  it.each([
    {
      code: 'OOM',
      begin: () => server.command('CONFIG', 'SET', 'maxmemory', '1'),
      end: () => server.command('CONFIG', 'SET', 'maxmemory', '0'),
    },
    {
      code: 'READONLY',
      begin: () => server.command('REPLICAOF', '127.0.0.1', '1'),
      end: () => server.command('REPLICAOF', 'NO', 'ONE'),
    },
  ])('$code: it is told once, and shares fill and are given', async ({ code, begin, end }) => {
    const weir = await start(randomUUID());
    expect(await weir.lookUp(freshKeys(4))).toMatchObject({ status: 200, admitted: 4 });
    await begin();
    await untilDegraded([weir], 1);
    await weir.lookUp(freshKeys(1));
    await delay(2_500);
    // As the breaker turned again and again, a share never came so far.
    expect(await weir.lookUp(freshKeys(4))).toMatchObject({ status: 200, admitted: 4 });
    const refusal = `Redis refuses writes (${code}): `;
    await eventually('the reason', async () => {
      const { conditions } = (await weir.admin('GET', '/readyz?verbose')).body as unknown as ShownReadiness;
      return conditions.some(({ reason }) => reason?.startsWith(refusal)) || undefined;
    });
    const began = `${refusal}limits are not counted over all instances`;
    expect(weir.limitLines()).toEqual([began]);
    await end();
    await untilDegraded([weir], 0);
    await delay(600);
    expect(weir.limitLines()).toEqual([began, 'limits are counted over all instances again']);
  });

  it('goes on counting where the settings hold what is none of ours, and puts them back after it', async () => {
    const fleet = randomUUID();
    const weir = await start(fleet);
    const key = `{${fleet}}:settings`;
    const put = (rate: number) => weir.admin('PUT', '/admin/v1/limits/storefront/read', { rate, burst: 4 });
    expect((await put(1)).status).toBe(200);
    await server.command('DEL', key);
    await server.command('SET', key, 'x');
    await delay(2_000);
    expect(weir.limitLines()).toEqual([]);
    expect(await weir.limiter()).toEqual({ ready: true, state: 'ok' });
    expect((await put(2)).status).toBe(503);
    await server.command('DEL', key);
    await eventually('they are put back', async () =>
      (await server.command('HGET', key, 'version')) === '1' ? true : undefined,
    );
    expect((await put(2)).status).toBe(200);
  });

  it.each([
    ['a list', ['LPUSH', 'x']],
    ['text', ['SET', 'x']],
    ['no number', ['SET', 'nan']],
    ['numbers that are none', ['SET', 'nan nan nan']],
  ] as const)('takes %s in the place of a limit for nothing', async (_what, [command, word]) => {
    const fleet = randomUUID();
    const weir = await start(fleet);
    await server.command(command, `{${fleet}}:limit:storefront/read`, word);
    expect(await weir.lookUp(freshKeys(5))).toMatchObject({ status: 200, admitted: 4 });
    expect(weir.limitLines()).toEqual([]);
  });
});
