import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { freshKeys, type LimitedWeir, startPair, whileRedisAnswers } from '../support/limited-weir.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';
import { admittedOf, startLookUps } from '../support/unit-load.ts';

const fleetRate = 600;
const reserve = 200;
const headroom = 1.2;
/** Keys of a look-up of the front end, which it asks so often a second. */
const [frontKeys, frontPerSecond] = [10, 30];
/** Until what had been saved up is spent. */
const spendingMs = 2_500;
/** Until what is lent is taken back: use is counted, told, lent and obeyed, and what is kept grows with it step by step. */
const growingMs = 8_000;
const countedMs = 3_000;

describeWithRedis('a limit of the fleet with a reserve', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const application = (className: string) => ({
    class: className,
    tables: { 'shop.products': ['read'] },
  });

  it('lends the back end what the front end does not use, and takes it back as that uses more', () =>
    whileRedisAnswers(async () => {
      const pair = await startPair({
        redis: { url: server.url, fleet: randomUUID() },
        classes: {
          frontend: { datacenters: ['us-east-1-frontend'] },
          backend: { datacenters: ['us-east-1-frontend'] },
        },
        applications: { storefront: application('frontend'), report: application('backend') },
        limits: { read: { rate: fleetRate, burst: 60, reserve: { frontend: reserve } } },
      });
      const job = startLookUps(
        pair.map((weir) => ({ weir, callers: 2 })),
        { application: 'report', keys: 20, pauseMs: 25 },
      );
      const alone = await paceOf(() => admittedOf(job.answers), spendingMs);
      const front = startFront(pair);
      const [beside, use, asked] = await Promise.all([
        paceOf(() => admittedOf(job.answers), growingMs),
        paceOf(front.admitted, growingMs),
        paceOf(front.asked, growingMs),
      ]);
      await Promise.all([front.stop(), job.stop()]);
      process.stdout.write(
        `the job has ${alone.toFixed(0)}/s alone, ${beside.toFixed(0)}/s beside ${use.toFixed(0)}/s of ${fleetRate}/s\n`,
      );
      expectNear(alone, fleetRate - reserve);
      expectNear(beside, fleetRate - Math.max(reserve, headroom * use));
      // What is kept for it is more than it uses: it is not refused any more.
      expect(use).toBeGreaterThan(0.95 * asked);
      expect(use).toBeGreaterThan(reserve);
    }));
});

/** Units a second, from some time on. */
async function paceOf(units: () => number, afterMs: number): Promise<number> {
  await delay(afterMs);
  const [before, fromMs] = [units(), performance.now()];
  await delay(countedMs);
  return ((units() - before) * 1_000) / (performance.now() - fromMs);
}

/** A little less than what may be: rates are lent in steps, and units are taken in leases. */
function expectNear(rate: number, promised: number): void {
  expect(rate).toBeLessThanOrEqual(1.1 * promised);
  expect(rate).toBeGreaterThanOrEqual(0.8 * promised);
}

/** The front end at an even pace, in turn at each instance. */
function startFront(weirs: readonly LimitedWeir[]) {
  let [asked, admitted, isOver] = [0, 0, false];
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  const run = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn += 1) {
      const dueMs = startedMs + (turn * 1_000) / frontPerSecond;
      await delay(Math.max(0, dueMs - performance.now()));
      const weir = weirs[turn % weirs.length] as LimitedWeir;
      asked += frontKeys;
      underWay.push(
        weir.lookUp(freshKeys(frontKeys)).then((answer) => {
          admitted += answer.admitted;
        }),
      );
    }
  };
  const running = run();
  return {
    asked: () => asked,
    admitted: () => admitted,
    async stop() {
      isOver = true;
      await running;
      await Promise.all(underWay);
    },
  };
}
