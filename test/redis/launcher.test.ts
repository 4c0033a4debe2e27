import { expect, test } from 'vitest';
import { startRedis, startRedisCluster, startSentinels } from '../../topology/launcher/redis.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';

describeWithRedis('launcher of Redis', () => {
  test('a server keeps its port when it comes back, and nothing else unless it saves', async () => {
    const redis = await startRedis();
    try {
      expect(await redis.command('SET', 'a', '1')).toBe('OK');
      const { pid } = redis;
      await redis.restart();
      expect(redis.pid).not.toBe(pid);
      expect(await redis.command('GET', 'a')).toBeNull();
    } finally {
      await redis.stop();
    }
  });

  test('where a master is killed, the Sentinels name its replica', async () => {
    const group = await startSentinels();
    try {
      const [master, replica] = group.servers;
      expect(await group.masterPort()).toBe(master?.port);
      await master?.kill();
      await expect.poll(() => group.masterPort(), { timeout: 20_000 }).toBe(replica?.port);
    } finally {
      await group.stop();
    }
  });

  test('a cluster sends to the node that has the slot', async () => {
    const { servers, stop } = await startRedisCluster();
    try {
      const replies = await Promise.all(
        servers.map((server) => server.command('SET', '{weir}:a', '1').catch(String)),
      );
      expect(replies.filter((reply) => reply === 'OK')).toHaveLength(1);
      expect(replies.filter((reply) => String(reply).includes('MOVED'))).toHaveLength(2);
    } finally {
      await stop();
    }
  });
});
