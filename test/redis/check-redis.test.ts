import { afterEach, expect, test } from 'vitest';
import {
  type RedisServer,
  startRedis,
  startRedisCluster,
  startSentinels,
} from '../../topology/launcher/redis.ts';
import { writeConfig } from '../support/config-file.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { runVerb } from '../support/run-cli.ts';

const config = `data: { host: 127.0.0.1 }
cassandra: { embedded: { datacenters: { east: 1 }, seedRows: 1 } }
auth: trusted
applications: { storefront: { class: frontend, tables: { shop.products: [read] } } }
`;
const saving = ['--appendonly', 'yes'];

interface Report {
  readonly findings: readonly { readonly state: string; readonly what: string; readonly todo: string }[];
}

/** What `check --live` says of Redis. */
async function check(redis: string, timeout = '5s', env: Record<string, string> = {}) {
  const file = writeConfig(`${config}redis: { ${redis} }\n`);
  const argv = ['check', '--live', '--json', '--timeout', timeout, '-c', file];
  const { exitCode, stdout } = await runVerb(argv, { env });
  const { findings } = JSON.parse(stdout) as Report;
  const about = findings.filter(({ what }) => what.includes('Redis') && !what.startsWith('limits are'));
  return { exitCode, told: about.map(({ state, what }) => `${state}: ${what}`), findings };
}

describeWithRedis('check --live of Redis', () => {
  const started: { stop(): Promise<void> }[] = [];
  const kept = async <Started extends { stop(): Promise<void> }>(
    start: Promise<Started>,
  ): Promise<Started> => {
    const server = await start;
    started.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
  });
  const version = async (server: RedisServer): Promise<string> =>
    /redis_version:(\S+)/.exec(String(await server.command('INFO', 'server')))?.[1] ?? '';
  const reached = async (server: RedisServer): Promise<string> =>
    `ok: Redis at ${server.host}:${server.port} was reached: ${await version(server)}`;

  test('has nothing to say against one that keeps what it is given, and leaves nothing there', async () => {
    const server = await kept(startRedis({ args: saving }));
    expect(await check(`url: ${server.url}`)).toMatchObject({ exitCode: 0, told: [await reached(server)] });
    expect(await server.command('DBSIZE')).toBe(0);
    expect(String(await server.command('CLIENT', 'LIST'))).not.toContain('name=weir');
  });

  test('tells of save points, which are enough', async () => {
    const server = await kept(startRedis({ args: ['--save', '3600 1'] }));
    expect((await check(`url: ${server.url}`)).told).toEqual([await reached(server)]);
  });

  test('warns of one that saves nothing', async () => {
    const server = await kept(startRedis());
    expect(await check(`url: ${server.url}`)).toMatchObject({
      exitCode: 0,
      told: [await reached(server), expect.stringMatching(/^warning: this Redis saves nothing/)],
    });
  });

  test.each([
    ['allkeys-lru', 'limits that were set at run time, and what is counted'],
    ['volatile-lru', 'what is counted, so that limits begin anew'],
  ])('warns of %s', async (policy, lost) => {
    const memory = ['--maxmemory', '64mb', '--maxmemory-policy', policy];
    const server = await kept(startRedis({ args: [...saving, ...memory] }));
    expect((await check(`url: ${server.url}`)).told).toEqual([
      await reached(server),
      `warning: with 64.0 MiB in use this Redis throws out ${lost}: its maxmemory-policy is ${policy}`,
    ]);
  });

  test('says that it could not look where CONFIG is refused', async () => {
    const server = await kept(startRedis({ args: ['--rename-command', 'CONFIG', ''] }));
    expect((await check(`url: ${server.url}`)).told).toEqual([
      await reached(server),
      'ok: whether this Redis saves anything could not be seen: it does not tell its settings',
    ]);
  });

  test('fails where scripts may not ask for the time, unless the callers have it', async () => {
    const server = await kept(startRedis({ args: [...saving, '--rename-command', 'TIME', ''] }));
    const { exitCode, told } = await check(`url: ${server.url}`);
    expect([exitCode, told.at(-1)]).toEqual([1, 'failed: scripts may not ask this Redis for the time']);
    expect((await check(`url: ${server.url}, clock: caller`)).told).toEqual([await reached(server)]);
  });

  test('fails on a replica', async () => {
    const master = await kept(startRedis());
    const args = [...saving, '--replicaof', `${master.host} ${master.port}`];
    const replica = await kept(startRedis({ args }));
    expect(await check(`url: ${replica.url}`)).toMatchObject({
      exitCode: 1,
      told: [await reached(replica), 'failed: this Redis is a replica, on which nothing can be counted'],
    });
  });

  test('fails on one that has no room for what it is given', async () => {
    const server = await kept(startRedis({ args: [...saving, '--maxmemory', '1'] }));
    expect(await check(`url: ${server.url}`)).toMatchObject({
      exitCode: 1,
      told: [await reached(server), expect.stringMatching(/^failed: this Redis refuses writes, .*: OOM$/)],
    });
  });

  test('does not wait out its time where the reason is final', async () => {
    const server = await kept(startRedis({ args: saving }));
    const where = `failed: the Redis Cluster at ${server.host}:${server.port} was not reached:`;
    const cluster = `cluster: ["${server.host}:${server.port}"]`;
    // Longer than the test may take.
    expect((await check(cluster, '60s')).told).toEqual([`${where} no cluster`]);
    await server.command('CONFIG', 'SET', 'requirepass', 'hunter2');
    const env = { WEIR_REDIS__PASSWORD: 'wrong' };
    expect((await check(cluster, '60s', env)).told).toContain(`${where} WRONGPASS`);
    for (const [given, reason] of [
      [{}, 'NOAUTH'],
      [env, 'WRONGPASS'],
    ] as const) {
      const { told } = await check(`url: ${server.url}`, '60s', given);
      expect(told.at(-1)?.split(': ').at(-1)).toBe(reason);
    }
  });

  test('fails where none answers, and says why', async () => {
    const server = await kept(startRedis());
    await server.kill();
    const { exitCode, told, findings } = await check(`url: ${server.url}`, '300ms');
    expect([exitCode, told]).toEqual([
      1,
      [`failed: Redis at ${server.host}:${server.port} was not reached: ECONNREFUSED`],
    ]);
    expect(findings.map(({ todo }) => todo)).toContain('check redis.url, and that this machine reaches it');
  });

  test('fails where one is there and says nothing', async () => {
    const server = await kept(startRedis());
    server.pause();
    expect((await check(`url: ${server.url}`, '300ms')).told).toEqual([
      `failed: Redis at ${server.host}:${server.port} was not reached: no answer`,
    ]);
    server.resume();
  });

  test('fails without the password, and with a wrong one', async () => {
    const server = await kept(startRedis({ args: saving }));
    await server.command('CONFIG', 'SET', 'requirepass', 'hunter2');
    const where = `failed: Redis at ${server.host}:${server.port} was not reached:`;
    expect((await check(`url: ${server.url}`, '500ms')).told).toEqual([`${where} NOAUTH`]);
    const env = { WEIR_REDIS__PASSWORD: 'wrong' };
    const wrong = await check(`url: ${server.url}`, '500ms', env);
    expect(wrong.told).toContain(`${where} WRONGPASS`);
    expect(wrong.findings.map(({ todo }) => todo)).toContain('check redis.username and redis.password');
    const right = await check(`url: ${server.url}`, '5s', { WEIR_REDIS__PASSWORD: 'hunter2' });
    expect(right.exitCode).toBe(0);
  });

  test('asks the Sentinels for the master', async () => {
    const { sentinels, master, servers } = await kept(startSentinels());
    const [first] = servers;
    if (first === undefined) throw new Error('there is no master');
    const ports = sentinels.map(({ host, port }) => `"${host}:${port}"`).join(', ');
    const where = sentinels.map(({ host, port }) => `${host}:${port}`).join(', ');
    expect((await check(`sentinels: [${ports}], master: ${master}`)).told[0]).toBe(
      `ok: Redis, the master ${master} of the Sentinels at ${where} was reached: ${await version(first)}`,
    );
    expect(await check(`sentinels: [${ports}], master: other`, '500ms')).toMatchObject({
      exitCode: 1,
      told: [expect.stringMatching(/ was not reached: no sentinel names a master$/)],
    });
  });

  test('fails where no node of a cluster has the slot of the fleet', async () => {
    const { servers } = await kept(startRedisCluster());
    const [first, , third] = servers;
    if (first === undefined || third === undefined) throw new Error('the cluster has three nodes');
    const nodes = `cluster: ["${first.host}:${first.port}"]`;
    expect((await check(nodes)).told[0]).toBe(
      `ok: the Redis Cluster at ${first.host}:${first.port} was reached: ${await version(first)}`,
    );
    const slot = String(await first.command('CLUSTER', 'KEYSLOT', '{weir}'));
    for (const server of servers) {
      await server.command('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
      await server.command('CLUSTER', 'DELSLOTS', slot).catch(() => {});
    }
    expect(await check(nodes, '1s')).toMatchObject({
      exitCode: 1,
      told: [`failed: the Redis Cluster at ${first.host}:${first.port} was not reached: CLUSTERDOWN`],
    });
  });

  test('tells a cluster from a single server', async () => {
    const single = await kept(startRedis());
    const { told } = await check(`cluster: ["${single.host}:${single.port}"]`, '500ms');
    expect(told).toEqual([
      `failed: the Redis Cluster at ${single.host}:${single.port} was not reached: no cluster`,
    ]);
    const { servers } = await kept(startRedisCluster());
    const reasons = await Promise.all(
      servers.map(async ({ url }) => (await check(`url: ${url}`)).told[0]?.split(': ').at(-1)),
    );
    expect(reasons.filter((reason) => reason === 'MOVED')).toHaveLength(2);
  });
});
