import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRedis } from '../../src/adapters/redis/redis-connection.ts';
import type { RedisOptions } from '../../src/adapters/redis/redis-options.ts';
import type { RedisConnection, RedisScript } from '../../src/adapters/redis/redis-port.ts';
import { StoreError } from '../../src/core/throttle/limit-store.ts';
import { freePorts } from '../../topology/launcher/free-ports.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { callsOf, optionsFor, untilReady } from '../support/redis-limits.ts';

const count: RedisScript = { name: 'count', source: "return redis.call('INCRBY', KEYS[1], ARGV[1])" };

describeWithRedis('connection to Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let troubles: string[];
  const connect = (changes: Partial<RedisOptions> = {}): RedisConnection =>
    connectRedis({ ...optionsFor(server), ...changes }, { onTrouble: (what) => troubles.push(what) });

  beforeEach(async () => {
    troubles = [];
    server = await startRedis();
    redis = connect();
    await untilReady(redis);
  });
  afterEach(async () => {
    await redis.close();
    await server.stop();
  });

  it('names all keys after the fleet, in one slot of a cluster', () => {
    expect(redis.key('limit', 'storefront/read')).toBe('{weir-test}:limit:storefront/read');
  });

  it('carries bytes both ways', async () => {
    const bytes = Uint8Array.from([0, 255, 128, 13, 10]);
    await redis.call('SET', redis.key('bytes'), bytes);
    expect(await redis.callForBytes('GET', redis.key('bytes'))).toEqual(Buffer.from(bytes));
    expect(await redis.call('STRLEN', redis.key('bytes'))).toBe(5);
  });

  it('sends a script by its digest, and whole where Redis does not know it', async () => {
    const run = () => redis.run(count, [redis.key('count')], [2]);
    expect([await run(), await run()]).toEqual([2, 4]);
    expect(await callsOf(server)).toMatchObject({ evalsha: 2, eval: 1, incrby: 2 });
    await server.command('SCRIPT', 'FLUSH');
    expect([await run(), await run()]).toEqual([6, 8]);
    expect(await callsOf(server)).toMatchObject({ evalsha: 4, eval: 2, incrby: 4 });
  });

  it('gives the time of the callers only where that counts', async () => {
    expect(redis.clockArgument()).toBe('');
    const other = connect({ clock: 'caller' });
    const before = Date.now();
    const given = Number(other.clockArgument());
    const after = Date.now();
    await other.close();
    expect(Number.isSafeInteger(given)).toBe(true);
    const givenMs = given / 16_000 + Date.UTC(2026, 0, 1);
    expect(givenMs).toBeGreaterThanOrEqual(before);
    expect(givenMs).toBeLessThan(after + 1);
  });

  it.each([
    {
      what: 'a key of another type',
      call: () => redis.call('LPUSH', redis.key('secret-key'), 'secret-word'),
    },
    { what: 'an unknown command', call: () => redis.call('NONSENSE', 'secret-key', 'secret-word') },
    {
      what: 'a script that fails',
      call: () =>
        redis.run({ name: 'bad', source: 'return {} .. 1' }, [redis.key('secret-key')], ['secret-word']),
    },
  ])('says failed of $what, and quotes nothing', async ({ call }) => {
    await redis.call('SET', redis.key('secret-key'), '1');
    const error = await failureOf(call());
    expect(error.reason).toBe('failed');
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toMatch(/secret/);
    expect(Object.keys(error.cause ?? {})).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a command', () => redis.call('SET', redis.key('a'), 'secret-word')],
    ['a script', () => redis.run(count, [redis.key('a')], [1])],
  ])('tells the code with which Redis refuses %s, and no more of it', async (_what, call) => {
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const error = await failureOf(call());
    expect([error.reason, error.code, error.message]).toEqual(['failed', 'OOM', 'failed']);
  });

  it('keeps commands that wait on the server apart from the others', async () => {
    const waiting = redis.forWaiting();
    const stream = redis.key('stream');
    const read = () => waiting.call('XREAD', 'BLOCK', 5_000, 'STREAMS', stream, '0');
    const reading = eventually('a connection that waits', () =>
      read().catch((error: StoreError) =>
        error.reason === 'unreachable' ? undefined : Promise.reject(error),
      ),
    );
    await eventually('a blocked client', async () =>
      String(await server.command('INFO', 'clients')).includes('blocked_clients:1') ? true : undefined,
    );
    expect(await redis.call('PING')).toBe('PONG');
    const id = await redis.call('XADD', stream, '*', 'a', '1');
    expect(await reading).toEqual([[stream, [[id, ['a', '1']]]]]);
  });

  describe('to a Redis that goes away', () => {
    it('fails at once, and is there again when Redis is', async () => {
      let times = 0;
      redis.onReady(() => {
        times += 1;
      });
      expect(times).toBe(1);
      await server.kill();
      await eventually('a lost connection', () => !redis.isReady() || undefined);
      expect((await failureOf(redis.call('PING'))).reason).toBe('unreachable');
      await server.restart();
      await untilReady(redis);
      expect(await redis.run(count, [redis.key('count')], [1])).toBe(1);
      expect(times).toBe(2);
      expect(troubles[0]).toBe('connection lost');
    });

    it('gives up calls without an answer, and never sends them again', async () => {
      await redis.run(count, [redis.key('count')], [1]);
      server.pause();
      const calls = Array.from({ length: 5 }, () => failureOf(redis.run(count, [redis.key('count')], [1])));
      const reasons = (await Promise.all(calls)).map(({ reason }) => reason);
      expect(new Set(reasons)).toEqual(new Set(['timeout']));
      server.resume();
      await untilReady(redis);
      // Redis had them in its socket and ran them; once.
      await expect.poll(() => redis.call('GET', redis.key('count'))).toBe('6');
      await redis.run(count, [redis.key('count')], [1]);
      expect(await redis.call('GET', redis.key('count'))).toBe('7');
      expect(troubles).toContain('silent');
    });

    it('does not take more calls than it can remember', async () => {
      server.pause();
      const calls = Array.from({ length: 20_001 }, () => failureOf(redis.call('PING')));
      expect((await calls.at(-1))?.reason).toBe('failed');
      await server.kill();
      const reasons = (await Promise.all(calls)).map(({ reason }) => reason);
      expect(reasons.filter((reason) => reason === 'unreachable')).toHaveLength(20_000);
    });

    it('leaves one that has become a replica, and comes back when it is none', async () => {
      await server.command('REPLICAOF', '127.0.0.1', '1');
      const failure = await eventually('a failure', () =>
        redis.run(count, [redis.key('count')], [1]).then(
          () => undefined,
          (error: StoreError) => error,
        ),
      );
      expect(failure.reason).toBe('unreachable');
      await server.command('REPLICAOF', 'NO', 'ONE');
      await eventually('a count', () => redis.run(count, [redis.key('count')], [1]).catch(() => undefined));
    });
  });

  describe('that is closed', () => {
    const connections = async (): Promise<number> =>
      String(await server.command('CLIENT', 'LIST')).split('name=weir ').length - 1;

    it('is gone, with those that wait', async () => {
      redis.forWaiting();
      await expect.poll(connections).toBe(2);
      await redis.close();
      expect(redis.isReady()).toBe(false);
      await expect.poll(connections).toBe(0);
      expect((await failureOf(redis.call('PING'))).reason).toBe('unreachable');
    });

    it('does not come back where it was closed while Redis was away', async () => {
      await server.kill();
      await eventually('a lost connection', () => !redis.isReady() || undefined);
      await redis.close();
      await server.restart();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(await connections()).toBe(0);
    });

    it('ends calls that wait for an answer', async () => {
      server.pause();
      const call = failureOf(redis.call('PING'));
      await redis.close();
      expect((await call).reason).toBe('unreachable');
      server.resume();
    });
  });

  it('is not made with a wrong password, and says so without it, until it is right', async () => {
    await server.command('CONFIG', 'SET', 'requirepass', 'other');
    const other = connect({ password: 'opensesame' });
    try {
      await expect.poll(() => troubles).toEqual(['WRONGPASS']);
      expect((await failureOf(other.call('PING'))).reason).toBe('unreachable');
      expect(other.isReady()).toBe(false);
      await redis.call('CONFIG', 'SET', 'requirepass', 'opensesame');
      await untilReady(other);
      expect(await other.call('PING')).toBe('PONG');
    } finally {
      await other.close();
    }
  });

  it('is made with a user of its own', async () => {
    await server.command('ACL', 'SETUSER', 'weir', 'on', '>opensesame', '~{weir-test}*', '+@all');
    const other = connect({ username: 'weir', password: 'opensesame' });
    try {
      await untilReady(other);
      expect(await other.call('ACL', 'WHOAMI')).toBe('weir');
    } finally {
      await other.close();
    }
  });

  it('uses the database it was given', async () => {
    const { host, port } = server;
    const other = connect({ servers: { kind: 'single', address: { host, port }, database: 3 } });
    try {
      await untilReady(other);
      await other.call('SET', other.key('a'), '1');
      expect(await server.command('INFO', 'keyspace')).toContain('db3:keys=1');
    } finally {
      await other.close();
    }
  });

  it('is encrypted, and made only with one whose certificate is trusted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-redis-tls-'));
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'redis.test' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key, { mode: 0o600 });
    const [port = 0] = await freePorts(1);
    const tlsArgs = ['--tls-port', String(port), '--tls-auth-clients', 'no'];
    const files = ['--tls-cert-file', join(folder, 'cert.pem'), '--tls-key-file', join(folder, 'key.pem')];
    const secured = await startRedis({ args: [...tlsArgs, ...files] });
    const servers = { kind: 'single', address: { host: '127.0.0.1', port }, database: 0 } as const;
    const trusting = connect({ servers, tls: { ca: cert } });
    const doubting = connect({ servers, tls: {} });
    try {
      await untilReady(trusting);
      expect(await trusting.call('PING')).toBe('PONG');
      await expect.poll(() => troubles).toEqual(['DEPTH_ZERO_SELF_SIGNED_CERT']);
      expect(doubting.isReady()).toBe(false);
    } finally {
      await Promise.all([trusting.close(), doubting.close()]);
      await secured.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

/** Fails where the call succeeds, or rejects with anything else. */
async function failureOf(call: Promise<unknown>): Promise<StoreError> {
  const outcome = await call.catch((error: unknown) => error);
  if (!(outcome instanceof StoreError)) throw new Error(`not a StoreError: ${String(outcome)}`);
  return outcome;
}
