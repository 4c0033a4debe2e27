import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beatMs, leadMs } from '../../src/core/guard/guard-keeper.ts';
import { blindAfterMs } from '../../src/core/guard/steering-in-force.ts';
import { type RedisServer, startRedis } from '../../topology/launcher/redis.ts';
import { eventually } from '../support/eventually.ts';
import {
  type FleetMember,
  type GuardedFleet,
  scanLimit,
  startGuardedFleet,
  writeLimit,
} from '../support/job-fleet.ts';
import { describeWithRedis } from '../support/redis-fixture.ts';

/** Far above what a busy machine adds to a look-up, and far below what a slow node takes. */
const targetMs = 400;
const slowMs = 480;
/** What a busy machine may add to a time that is promised. */
const slackMs = 1_500;

/** One story of one fleet: each test goes on from where the one before has ended. */
describeWithRedis('three instances with a guard', () => {
  let redis: RedisServer;
  let fleet: GuardedFleet;
  let isOver = false;
  let scanning: Promise<unknown>;
  /** As last seen on all of them. */
  let epoch = 0;

  beforeAll(async () => {
    redis = await startRedis();
    fleet = await startGuardedFleet(redis.url, { size: 3, targetMs, slowMs });
    scanning = Promise.all(fleet.members.map(scanOnAndOn));
  });
  afterAll(async () => {
    isOver = true;
    await fleet?.stop();
    await scanning;
    await redis?.stop();
  });

  /** As fast as the limit lets it. */
  const scanOnAndOn = async (member: FleetMember): Promise<void> => {
    while (!isOver) {
      if (member.isAway) await delay(100);
      else await member.job.scan({ pageSize: 100, limit: 1_000 }).catch(() => delay(100));
    }
  };
  const views = () => Promise.all(fleet.present().map(({ guard }) => guard()));
  const factors = async (): Promise<readonly number[]> =>
    (await views()).map(({ steering }) => steering.factor);
  const leaderOf = async (): Promise<FleetMember> => {
    for (const member of fleet.present()) if ((await member.guard()).isLeader) return member;
    throw new Error('nobody leads');
  };
  const rowsScanned = async (): Promise<number> => {
    const metrics = await Promise.all(fleet.present().map((member) => member.metrics()));
    return metrics.reduce((sum, each) => sum + each.sum('weir_scan_rows_total'), 0);
  };
  /** One leader that all name, one epoch, one factor. */
  const agree = async (within = slackMs) => {
    let agreed: Awaited<ReturnType<typeof views>>[number] | undefined;
    await expect
      .poll(
        async () => {
          const all = await views();
          agreed = all[0];
          const told = all.map(({ leader, epoch: number, steering }) => [leader, number, steering.factor]);
          return {
            same: new Set(told.map((each) => JSON.stringify(each))).size,
            leaders: all.filter(({ isLeader }) => isLeader).length,
            isNewer: all.every((view) => view.epoch > epoch),
          };
        },
        { timeout: within, interval: 50 },
      )
      .toEqual({ same: 1, leaders: 1, isNewer: true });
    epoch = agreed?.epoch ?? 0;
    return agreed;
  };
  const untilAnotherLeads = async (): Promise<number> => {
    const fromMs = performance.now();
    await agree(leadMs + 2 * beatMs + slackMs);
    return performance.now() - fromMs;
  };

  it('slow the job on each of them while the front end is slow', async () => {
    await agree();
    expect(await factors()).toEqual([1, 1, 1]);
    fleet.toggleSlowness();
    await expect.poll(async () => Math.max(...(await factors())), { timeout: 12_000 }).toBeLessThan(0.95);
    // From here on the factor is held until the window shows what came of it.
    fleet.toggleSlowness();
    await expect.poll(async () => new Set(await factors()).size, { timeout: 3_000 }).toBe(1);
    const [view] = await views();
    const factor = view?.steering.factor ?? 0;
    expect(view?.steering.latency.p95Ms).toBeGreaterThan(targetMs);
    process.stdout.write(
      `p95 ${view?.steering.latency.p95Ms} ms: factor ${factor}, ${view?.steering.phase}\n`,
    );
    for (const member of fleet.members) {
      const metrics = await member.metrics();
      const { steering, isLeader } = await member.guard();
      expect(metrics.sum('weir_guard_factor')).toBe(steering.factor);
      expect(metrics.sum('weir_guard_phase', { phase: steering.phase })).toBe(1);
      expect(metrics.sum('weir_guard_leader')).toBe(isLeader ? 1 : 0);
    }

    const [rowsBefore, fromMs] = [await rowsScanned(), performance.now()];
    await delay(2_000);
    const [rows, seconds] = [(await rowsScanned()) - rowsBefore, (performance.now() - fromMs) / 1_000];
    const pace = scanLimit.rate * Math.min(1, factor + 0.01);
    process.stdout.write(
      `${rows} rows scanned in ${seconds.toFixed(2)} s where ${Math.round(pace)}/s may be\n`,
    );
    expect(rows).toBeLessThanOrEqual(pace * seconds + scanLimit.burst);
    expect(rows).toBeGreaterThanOrEqual(0.5 * pace * seconds);
  });

  it('refuse what does not wait, and say why', async () => {
    const member = fleet.members[1] as FleetMember;
    const rows = Array.from({ length: writeLimit.burst }, (_, index) => ({
      values: { sku: `written-${index}`, title: 'written' },
    }));
    let refused: Record<string, unknown> | undefined;
    for (let attempt = 0; attempt < 20 && refused === undefined; attempt += 1) {
      const reply = await member.job.write({ rows });
      if (reply.status === 429) refused = reply as unknown as Record<string, unknown>;
    }
    expect(refused).toMatchObject({ type: '/problems/over-quota', reason: 'guard' });
    expect(refused?.['slowedTo']).toBeCloseTo((await member.guard()).steering.factor, 1);
    expect(refused?.['violated-policies']).toEqual(['write']);
  });

  it('have another leader when theirs stands still, whose word counts no more when it wakes', async () => {
    const asleep = await leaderOf();
    asleep.isAway = true;
    asleep.process.signal('SIGSTOP');
    const tookMs = await untilAnotherLeads();
    process.stdout.write(`another led ${Math.round(tookMs)} ms after the leader had stopped\n`);
    asleep.process.signal('SIGCONT');
    asleep.isAway = false;
    const seen: (readonly [number, number])[] = [];
    for (let look = 0; look < 12; look += 1) {
      await delay(beatMs / 4);
      const all = await views();
      seen.push([Math.max(...all.map((view) => view.epoch)), all.filter(({ isLeader }) => isLeader).length]);
    }
    expect(new Set(seen.map(([number]) => number))).toEqual(new Set([epoch]));
    // For its first beat it may believe that it leads still; nobody obeys it.
    expect(seen.slice(6).every(([, leaders]) => leaders === 1)).toBe(true);
    expect((await asleep.guard()).isLeader).toBe(false);
    await expect.poll(async () => new Set(await factors()).size, { timeout: 3_000 }).toBe(1);
  });

  it('are at full pace again a while after the front end is fast', async () => {
    const seen = new Set<string>();
    await expect
      .poll(
        async () => {
          const all = await views();
          for (const { steering } of all) seen.add(steering.phase);
          return Math.min(...all.map(({ steering }) => steering.factor));
        },
        { timeout: 40_000, interval: 100 },
      )
      .toBe(1);
    expect(seen).toContain('rise');
  });

  it('have another leader when theirs is killed', async () => {
    const victim = await leaderOf();
    victim.isAway = true;
    victim.process.signal('SIGKILL');
    const tookMs = await untilAnotherLeads();
    process.stdout.write(`another led ${Math.round(tookMs)} ms after the leader was killed\n`);
    expect(await factors()).toEqual([1, 1]);
  });

  it('obey an operator, whomever of them was told', async () => {
    const rowsBefore = await rowsScanned();
    await fleet.present()[0]?.override(0.9);
    await expect.poll(factors, { timeout: 3_000, interval: 50 }).toEqual([0.9, 0.9]);
    expect((await views()).map(({ steering }) => steering.phase)).toEqual(['manual', 'manual']);
    await fleet.present()[1]?.override(null);
    await expect
      .poll(async () => (await views()).map(({ override, steering }) => [override, steering.phase]), {
        timeout: 3_000,
        interval: 50,
      })
      .toEqual([
        [null, 'hold'],
        [null, 'hold'],
      ]);
    expect(await factors()).toEqual([0.9, 0.9]);
    expect(await rowsScanned()).toBeGreaterThan(rowsBefore);
  });

  it('keep the factor, at most a half, when nobody hears of anybody', async () => {
    await redis.kill();
    await delay(beatMs);
    expect(await factors()).toEqual([0.9, 0.9]);
    await expect
      .poll(async () => (await views()).map(({ steering }) => [steering.factor, steering.phase]), {
        timeout: blindAfterMs + slackMs,
        interval: 50,
      })
      .toEqual([
        [0.5, 'blind'],
        [0.5, 'blind'],
      ]);
    expect((await views()).map(({ leader, isLeader }) => [leader, isLeader])).toEqual([
      [null, false],
      [null, false],
    ]);
    for (const member of fleet.present()) {
      expect((await member.metrics()).sum('weir_guard_factor')).toBe(0.5);
    }
  });

  it('go on from there with a leader when Redis is back', async () => {
    await redis.restart();
    // Of a Redis that has lost everything.
    epoch = 0;
    await agree(10_000);
    // One may still be waiting for its next beat.
    const phases = await eventually('all hear of a leader', async () => {
      const found = (await views()).map(({ steering }) => steering.phase);
      return found.includes('blind') ? undefined : found;
    });
    expect(phases.filter((phase) => phase !== 'hold' && phase !== 'rise')).toEqual([]);
    const factors = (await views()).map(({ steering }) => steering.factor);
    // It went on from a half, and may have risen meanwhile.
    expect(Math.min(...factors)).toBeGreaterThan(0.45);
    expect(Math.max(...factors)).toBeLessThan(0.8);
  });
});
