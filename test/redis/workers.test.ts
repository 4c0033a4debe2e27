import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import { beginLookUp, startLoad } from '../support/look-up-load.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { type ServedWorkers, serveWorkers } from '../support/served-workers.ts';

const total = 'weir_requests_total{app="storefront",operation="read",table="shop.products",code="200"}';

describeWithRedis('weir serve with two workers', () => {
  let redis: RedisServer;
  const started: ServedWorkers[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.stop());

  const serve = async (dataPort?: number): Promise<ServedWorkers> => {
    const weir = await serveWorkers(redis.url, dataPort);
    started.push(weir);
    return weir;
  };

  describe('while it serves', () => {
    let weir: ServedWorkers;

    beforeAll(async () => {
      weir = await serve();
    });

    afterAll(async () => {
      await weir.stop();
      started.splice(0);
    });

    it('has one greeting, and both workers answer on one port', async () => {
      expect(weir.stdout().match(/^data /gm)).toHaveLength(1);
      await expectServedBy(weir, [1, 2]);
    });

    it('adds up what both have counted, and not what both have seen', async () => {
      const before = await metric(weir, total).catch(() => 0);
      const answers = await Promise.all(Array.from({ length: 20 }, () => weir.lookUp()));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(await metric(weir, total)).toBe(before + 20);
      expect(await metric(weir, 'weir_ring_epoch')).toBe(1);
      expect(await metric(weir, 'weir_hosts{datacenter="us-east-1-frontend",state="up"}')).toBe(3);
      expect(await metric(weir, 'weir_workers{state="ready"}')).toBe(2);
    });

    it('tells of both caches as of one', async () => {
      const before = await cacheStats(weir);
      for (let look = 0; look < 6; look += 1) await weir.lookUp();
      const after = await cacheStats(weir);
      expect(after.hits + after.misses).toBe(before.hits + before.misses + 12);
      expect(after.maxBytes).toBe(2 * 256 * 1_048_576);
    });

    it('sets the level of the log of both', async () => {
      const set = await weir.admin('/admin/v1/log-level', { method: 'PUT', body: { level: 'debug' } });
      expect(set.status).toBe(200);
      await eventually('each worker has the level', async () => {
        const answers = await Promise.all(Array.from({ length: 4 }, () => weir.admin('/admin/v1/log-level')));
        const levels = await Promise.all(
          answers.map(async (answer) => (await answer.json()) as { level: string }),
        );
        return levels.every(({ level }) => level === 'debug') || undefined;
      });
      await weir.admin('/admin/v1/log-level', { method: 'PUT', body: { level: 'info' } });
    });

    it.each(['signal', 'admin'])('takes a changed file over in both (%s)', async (cause) => {
      const reloads = () =>
        weir.lines().filter((line) => line['applied'] !== undefined && line['cause'] === cause);
      weir.edit(
        cause === 'signal' ? 'keys: 100' : 'keys: 101',
        cause === 'signal' ? 'keys: 101' : 'keys: 102',
      );
      if (cause === 'signal') weir.signalPrimary('SIGHUP');
      else expect((await weir.admin('/admin/v1/config/reload', { method: 'POST' })).status).toBe(200);
      await eventually('both have read it', () => reloads().length === 2 || undefined);
      expect(
        reloads()
          .map(({ worker }) => worker)
          .sort(),
      ).toEqual([1, 2]);
      expect(reloads().map(({ applied }) => applied)).toEqual([['bounds.keys'], ['bounds.keys']]);
    });

    it('leaves a worker that hangs out of the answers, and keeps what it had counted', async () => {
      await expectServedBy(weir, [1, 2]);
      const before = await metric(weir, total);
      const pid = weir.pids().get(2) ?? 0;
      process.kill(pid, 'SIGSTOP');
      try {
        await eventually('the metrics tell of it', async () => {
          const silent = await metric(weir, 'weir_workers{state="silent"}').catch(() => 0);
          return silent === 1 || undefined;
        });
        expect(await metric(weir, total)).toBe(before);
        expect(await metric(weir, 'weir_workers{state="ready"}')).toBe(1);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await eventually('it is back', async () =>
        (await metric(weir, 'weir_workers{state="ready"}')) === 2 ? true : undefined,
      );
    });

    it('goes on without a worker that is killed, and puts another in its place', async () => {
      await expectServedBy(weir, [1, 2]);
      const counted = await metric(weir, total);
      const pid = weir.pids().get(1) ?? 0;
      process.kill(pid, 'SIGKILL');
      await eventually(
        'it is noticed',
        () =>
          weir
            .lines()
            .some(({ msg, workerPid }) => msg === 'a worker ended by itself' && workerPid === pid) ||
          undefined,
      );
      const answers = await Promise.all(Array.from({ length: 20 }, () => weir.lookUp()));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      await eventually('another serves', () => weir.pids().get(1) !== pid || undefined);
      await expectServedBy(weir, [1, 2]);
      expect(await metric(weir, total)).toBeGreaterThanOrEqual(counted + 20);
    });

    it('replaces one worker after another under load, and refuses nothing', async () => {
      await expectServedBy(weir, [1, 2]);
      const before = new Map(weir.pids());
      const counted = await metric(weir, total);
      const load = startLoad(weir.dataUrl);
      weir.signalPrimary('SIGUSR2');
      await eventually(
        'all have been replaced',
        () => weir.lines().some(({ msg }) => msg === 'all workers have been restarted') || undefined,
      );
      const { answered, refused } = await load.stop();
      expect(refused).toEqual([]);
      expect(answered).toBeGreaterThan(100);
      for (const [number, pid] of before) expect(weir.pids().get(number)).not.toBe(pid);
      // What the old ones had counted is not lost with them.
      expect(await metric(weir, total)).toBe(counted + answered);
    });
  });

  describe('at its end', () => {
    afterEach(async () => {
      for (const weir of started.splice(0)) await weir.stop();
    });

    it.each(['the primary', 'the whole group'])(
      'answers what is under way after SIGTERM to %s, and exits with 0',
      async (to) => {
        const weir = await serve();
        const underWay = await Promise.all(Array.from({ length: 6 }, () => beginLookUp(weir.dataUrl)));
        if (to === 'the primary') weir.signalPrimary('SIGTERM');
        else weir.signal('SIGTERM');
        await eventually('new connections are refused', () =>
          weir.lookUp().then(
            () => undefined,
            (error: Error) => (error.name === 'TimeoutError' ? undefined : (true as const)),
          ),
        );
        expect(await Promise.all(underWay.map((finish) => finish()))).toEqual(underWay.map(() => 200));
        expect(await weir.exited).toBe(0);
      },
    );

    it('gets over a worker that is killed while connections arrive', async () => {
      const weir = await serve();
      const load = startConnections(weir, 8);
      await eventually('the load runs', () => load.outcomes().length > 100 || undefined);
      const pid = weir.pids().get(1) ?? 0;
      process.kill(pid, 'SIGKILL');
      await eventually('another serves', () => weir.pids().get(1) !== pid || undefined);
      weir.signalPrimary('SIGUSR2');
      await eventually(
        'all have been replaced',
        () => weir.lines().some(({ msg }) => msg === 'all workers have been restarted') || undefined,
      );
      await load.stop();
      const lost = load.outcomes().filter((outcome) => outcome !== 200);
      // What the killed worker had taken: at most one look-up of each caller. None hangs.
      expect(lost).not.toContain('TimeoutError');
      expect(lost.length).toBeLessThanOrEqual(8);
      weir.signalPrimary('SIGTERM');
      expect(await weir.exited).toBe(0);
    });

    it('drains all workers when the admin port is told to', async () => {
      const weir = await serve();
      const underWay = await Promise.all(Array.from({ length: 4 }, () => beginLookUp(weir.dataUrl)));
      const answer = await weir.admin('/admin/v1/drain', { method: 'POST' });
      expect(await answer.json()).toEqual({ inFlight: 4 });
      expect(await Promise.all(underWay.map((finish) => finish()))).toEqual(underWay.map(() => 200));
      expect(await weir.exited).toBe(0);
    });

    it('ends at once at a second signal, with 1 and without a worker left', async () => {
      const weir = await serve();
      await beginLookUp(weir.dataUrl);
      weir.signalPrimary('SIGTERM');
      await eventually('it is stopping', () => weir.stderr().includes('weir: stopping') || undefined);
      weir.signalPrimary('SIGTERM');
      // It is known to have ended when nobody holds its output any more, workers included.
      expect(await weir.exited).toBe(1);
    });

    it('leaves no worker behind when the primary is killed', async () => {
      const weir = await serve();
      await beginLookUp(weir.dataUrl);
      weir.signalPrimary('SIGKILL');
      expect(await weir.exited).toBeNull();
    });

    it('does not start where the port is taken, and says so once', async () => {
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as { port: number };
      try {
        await expect(serve(port)).rejects.toThrow(
          `ended with 1:\nweir: data.port 127.0.0.1:${port} is in use; choose another with --set data.port=…\n`,
        );
      } finally {
        holder.close();
      }
    });
  });
});

/** Asks until every one of them has answered, so that each is known to serve. */
async function expectServedBy(weir: ServedWorkers, numbers: readonly number[]): Promise<void> {
  const from = weir.lines().length;
  await eventually('each worker has answered', async () => {
    expect((await weir.lookUp()).status).toBe(200);
    const served = new Set(
      weir
        .lines()
        .slice(from)
        .filter(({ msg }) => msg === 'request')
        .map(({ worker }) => worker),
    );
    return numbers.every((number) => served.has(number)) || undefined;
  });
}

/** Callers that take a new connection for each look-up. An outcome is a status, or the name of the error. */
function startConnections(weir: ServedWorkers, callers: number) {
  const outcomes: (number | string)[] = [];
  let ended = false;
  const call = async (): Promise<void> => {
    while (!ended) {
      outcomes.push(
        await weir
          .lookUp()
          .then((answer) => answer.text().then(() => answer.status))
          .catch((error: Error) => error.name),
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const calling = Array.from({ length: callers }, call);
  return {
    outcomes: () => outcomes,
    async stop() {
      ended = true;
      await Promise.all(calling);
    },
  };
}

/** The value of one series; a connection that went to a worker that hangs is given up. */
async function metric(weir: ServedWorkers, series: string): Promise<number> {
  const answer = await weir.admin('/metrics', { signal: AbortSignal.timeout(5_000) });
  const line = (await answer.text()).split('\n').find((each) => each.startsWith(`${series} `));
  if (line === undefined) throw new Error(`there is no ${series}`);
  return Number(line.slice(series.length + 1));
}

async function cacheStats(weir: ServedWorkers): Promise<{ hits: number; misses: number; maxBytes: number }> {
  return (await (await weir.admin('/admin/v1/cache')).json()) as never;
}
