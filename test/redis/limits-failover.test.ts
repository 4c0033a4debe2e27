import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startRedisCluster, startSentinels } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { freshKeys, limited, startPair, untilDegraded, whileRedisAnswers } from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { slowRate } from '../support/stored-limits.ts';
import { admittedOf, startLookUps, statusesOf } from '../support/unit-load.ts';

const read = '/admin/v1/limits/storefront/read';

describeWithRedis('limits behind Sentinels', () => {
  it('hold when the master is killed under load, and so does what was set at run time', () =>
    whileRedisAnswers(async () => {
      const group = await startSentinels();
      onTestFinished(() => group.stop());
      const [master, replica] = group.servers;
      const [rate, burst] = [200, 100];
      const fleet = randomUUID();
      const sentinels = group.sentinels.map(({ host, port }) => `${host}:${port}`);
      const pair = await startPair({
        redis: { sentinels, master: group.master, fleet },
        applications: { storefront: limited({ read: { rate: 50 * rate } }) },
      });
      expect((await pair[0].admin('PUT', read, { rate, burst })).status).toBe(200);
      for (const weir of pair) {
        await expect
          .poll(async () => (await weir.admin('GET', read)).body, { timeout: 10_000 })
          .toMatchObject({ limit: { rate, burst } });
      }
      await expect.poll(() => replica?.command('EXISTS', `{${fleet}}:settings`)).toBe(1);
      const load = startLookUps(pair.map((weir) => ({ weir, callers: 3 })));
      await delay(500);
      await master?.kill();
      await untilDegraded(pair, 1);
      await eventually('the replica takes its place', async () =>
        (await group.masterPort()) === replica?.port ? true : undefined,
      );
      await untilDegraded(pair, 0);
      await delay(500);
      const answers = await load.stop();
      expect(Object.keys(statusesOf(answers))).toEqual(['200', '429']);
      // Both were cut off, and what the replica did not hear of is less than a burst. One of them finds it up to half a
      // second later than the other, and lives on its share until then.
      expect(admittedOf(answers)).toBeLessThanOrEqual(rate * (load.seconds() + 0.25) + 2 * burst);
      expect(admittedOf(answers)).toBeGreaterThan(0.5 * rate * load.seconds());
      for (const weir of pair) {
        expect((await weir.admin('GET', read)).body).toMatchObject({ limit: { rate, burst } });
        expect(await weir.limiter()).toEqual({ ready: true, state: 'ok' });
      }
      expect((await pair[1].admin('PUT', read, { rate: 7 })).body).toMatchObject({ version: 2 });
      expect(await replica?.command('HGET', `{${fleet}}:settings`, 'version')).toBe('2');
    }));
});

describeWithRedis('limits in a cluster of Redis', () => {
  it('and all that belongs to them are on one node, and shared', () =>
    whileRedisAnswers(async () => {
      const group = await startRedisCluster();
      onTestFinished(() => group.stop());
      const [a, b] = await startPair({
        redis: { cluster: group.servers.map(({ host, port }) => `${host}:${port}`), fleet: randomUUID() },
        applications: {
          storefront: limited({ read: { rate: slowRate, burst: 50 } }),
          job: limited({ scan: { rate: slowRate, burst: 50 }, connect: { rate: 100, sessions: 1 } }),
        },
        classes: {
          frontend: { datacenters: ['us-east-1-frontend'], limits: { read: { rate: slowRate, burst: 80 } } },
        },
        limits: { read: { rate: slowRate, burst: 90 } },
      });
      const answers = await Promise.all([a, b, a, b, a, b].map((weir) => weir.lookUp(freshKeys(10))));
      expect(answers.reduce((sum, { admitted }) => sum + admitted, 0)).toBe(50);
      const job = { application: 'job' };
      const session = await a.ask('POST', '/v1/sessions', { ttlSeconds: 30 }, job);
      expect(session.status).toBe(201);
      expect(await b.ask('POST', '/v1/sessions', {}, job)).toMatchObject({ status: 429 });
      const headers = { 'x-weir-session': String(session.body['sessionId']) };
      const permit = { operation: 'scan', units: 30, permitId: randomUUID() };
      for (const weir of [a, b]) {
        const { body } = await weir.ask('POST', '/v1/permits', permit, { ...job, headers });
        expect(body).toMatchObject({ granted: 30 });
      }
      expect((await a.admin('PUT', read, { burst: 60 })).status).toBe(200);
      await expect
        .poll(async () => (await b.admin('GET', read)).body, { timeout: 10_000 })
        .toMatchObject({ limit: { burst: 60 } });
      const counts = await Promise.all(group.servers.map((server) => server.command('DBSIZE')));
      expect(counts.filter((count) => count === 0)).toHaveLength(2);
      for (const weir of [a, b]) expect(weir.limitLines()).toEqual([]);
    }));
});
