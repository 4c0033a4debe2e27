import { beforeAll, describe, expect, it } from 'vitest';
import { logNormalDelay } from '../../../src/adapters/embedded/delay.ts';
import {
  createEmbeddedCluster,
  type EmbeddedCluster,
} from '../../../src/adapters/embedded/embedded-cluster.ts';
import { nodeText } from '../../../src/adapters/node/text.ts';
import type { ReadTelemetry } from '../../../src/core/ports.ts';
import { createSeededRandom } from '../../../src/core/random.ts';
import { createReadPath, type SickNodes } from '../../../src/core/reads/read-path.ts';
import { defaultBounds, defaultTableSettings, type TableSettings } from '../../../src/core/reads/settings.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { schemaOf } from '../../support/embedded-fixture.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { grantOf } from '../../support/scripted-reads.ts';
import { silentTelemetry } from '../../support/silent-telemetry.ts';

interface Run {
  readonly settings?: Partial<TableSettings>;
  readonly sickNodes?: SickNodes;
  /** What is done to the cluster, from the moment that measuring begins. */
  readonly disturb?: (cluster: EmbeddedCluster, clock: FakeClock, node: ClusterNode) => void;
  readonly lookUps?: number;
}

interface Measured {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Hedges and probes, from the first look-up on, and all other messages. */
  readonly extras: number;
  readonly ordinary: number;
  /** Keys without a row. */
  readonly lost: number;
  readonly latestMs: number;
}

const rows = 400;
const keysPerLookUp = 24;
const everyMs = 20;
const timeoutMs = 1_000;
/** Enough for the expectation to settle, before anything is measured or disturbed. */
const warmUp = 80;
const ordinaryWork = { delay: logNormalDelay(0.8, 0.5), perMessageMs: 0.2, perKeyMs: 0.1 };

/** Twelve nodes and a client that sends look-ups on schedule, whatever becomes of the earlier ones; in virtual time. */
async function simulate({ settings, sickNodes = 'avoid', disturb, lookUps = 300 }: Run): Promise<Measured> {
  const clock = createFakeClock();
  const cluster = openCluster(clock);
  const told = { messages: 0, extras: 0 };
  const telemetry: ReadTelemetry = {
    ...silentTelemetry,
    replicaRead: () => {
      told.messages += 1;
    },
    hedge: (result, messages) => {
      if (result !== 'denied' && result !== 'alone') told.extras += messages;
    },
  };
  const path = createReadPath({
    cluster,
    clock,
    text: nodeText,
    telemetry,
    bounds: defaultBounds,
    settingsOf: () => ({ ...defaultTableSettings, ...settings }),
    ownRack: undefined,
    sickNodes,
  });
  const random = createSeededRandom(3);
  const lookUp = async (): Promise<{ durationMs: number; lost: number }> => {
    const fromMs = clock.nowMs();
    const keys = new Set<string>();
    while (keys.size < keysPerLookUp) keys.add(`sku-${Math.floor(random.next() * rows)}`);
    const answer = await path.lookUp({ ...call, body: { keys: [...keys] }, deadlineMs: fromMs + timeoutMs });
    const { results } = JSON.parse(answer.body) as { results: { status: string }[] };
    const lost = keysPerLookUp - results.filter(({ status }) => status === 'found').length;
    return { durationMs: clock.nowMs() - fromMs, lost };
  };
  const send = async (count: number): Promise<{ durationMs: number; lost: number }[]> => {
    const sent: ReturnType<typeof lookUp>[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      sent.push(lookUp());
      await clock.advance(everyMs);
    }
    return clock.runUntil(Promise.all(sent));
  };
  await send(warmUp);
  const [node] = cluster.state().nodes;
  if (node !== undefined) disturb?.(cluster, clock, node);
  const measured = await send(lookUps);
  await clock.advance(5_000);
  return summarise(measured, told.extras, told.messages - told.extras);
}

const call = {
  application: {
    name: 'storefront',
    className: 'frontend' as const,
    datacenters: ['front'],
    cacheUse: 'fill' as const,
    grants: new Map([['shop.products', grantOf(['read'])]]),
  },
  keyspace: 'shop',
  table: 'products',
  strict: false,
  debug: false,
};

function openCluster(clock: FakeClock): EmbeddedCluster {
  const datacenters = [{ name: 'front', nodes: 12, racks: 3 }];
  const random = createSeededRandom(1);
  const cluster = createEmbeddedCluster({
    clock,
    text: nodeText,
    random,
    datacenters,
    serviceTime: ordinaryWork,
  });
  const factors = new Map([['front', 3]]);
  cluster.createKeyspace('shop', { strategy: 'NetworkTopologyStrategy', factors });
  const partitionKey = [{ name: 'sku', type: 'text' }];
  cluster.createTable(schemaOf({ keyspace: 'shop', name: 'products', partitionKey }));
  for (let row = 0; row < rows; row += 1) cluster.insert('shop', 'products', [['sku', `sku-${row}`]]);
  return cluster;
}

function summarise(
  measured: readonly { durationMs: number; lost: number }[],
  extras: number,
  ordinary: number,
): Measured {
  const sorted = measured.map(({ durationMs }) => durationMs).sort((left, right) => left - right);
  const quantile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return {
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    extras,
    ordinary,
    lost: measured.reduce((sum, { lost }) => sum + lost, 0),
    latestMs: quantile(1),
  };
}

/** One node stands still for 300 ms each 1.5 s. */
function freezeNowAndThen(cluster: EmbeddedCluster, clock: FakeClock, node: ClusterNode): void {
  const untilMs = clock.nowMs() + 60_000;
  const freeze = (): void => {
    if (clock.nowMs() > untilMs) return;
    cluster.freeze(node);
    clock.after(300, () => cluster.thaw(node));
    clock.after(1_500, freeze);
  };
  freeze();
}

const withNothing: Run = { settings: { speculativeRetry: { kind: 'none' } }, sickNodes: 'ignore' };

/** What a budget of a tenth pays. */
const paidFor = ({ ordinary }: Measured): number => ordinary * 0.1 + 20;

describe('twelve nodes under load', { timeout: 60_000 }, () => {
  let undisturbed: Measured;

  beforeAll(async () => {
    undisturbed = await simulate({});
  });

  it('need few extra messages while nothing is wrong', () => {
    expect(undisturbed.extras).toBeLessThan(undisturbed.ordinary * 0.06);
  });

  it('hide that one of them freezes for 300 ms each 1.5 s', async () => {
    const exposed = await simulate({ ...withNothing, disturb: freezeNowAndThen });
    const hidden = await simulate({ disturb: freezeNowAndThen });
    expect(exposed.p99Ms).toBeGreaterThan(200);
    expect(hidden.p99Ms).toBeLessThan(exposed.p99Ms * 0.15);
    expect(hidden.p99Ms).toBeLessThan(undisturbed.p99Ms + 25);
    expect(hidden.extras).toBeLessThan(hidden.ordinary * 0.1);
    expect(hidden.lost).toBe(0);
  });

  it('hide that one of them is 50 ms slow', async () => {
    const slow = { ...ordinaryWork, perMessageMs: 50 };
    const hidden = await simulate({ disturb: (cluster, _clock, node) => cluster.setServiceTime(node, slow) });
    expect(hidden.p95Ms).toBeLessThan(undisturbed.p95Ms * 1.5);
    expect(hidden.extras).toBeLessThan(hidden.ordinary * 0.1);
  });

  it('stay within the budget when all of them are ten times slower', async () => {
    const work = { delay: logNormalDelay(8, 0.5), perMessageMs: 2, perKeyMs: 1 };
    const slower = await simulate({
      disturb: (cluster) => {
        for (const node of cluster.state().nodes) cluster.setServiceTime(node, work);
      },
    });
    expect(slower.extras).toBeLessThanOrEqual(paidFor(slower));
    expect(slower.p99Ms).toBeLessThan(undisturbed.p99Ms * 13);
    expect(slower.lost).toBe(0);
  });

  it('stay within the budget and the deadline when all of them are frozen', async () => {
    const frozen = await simulate({
      lookUps: 100,
      disturb: (cluster) => {
        for (const node of cluster.state().nodes) cluster.freeze(node);
      },
    });
    expect(frozen.latestMs).toBeLessThanOrEqual(timeoutMs);
    expect(frozen.lost).toBe(100 * keysPerLookUp);
    expect(frozen.extras).toBeLessThanOrEqual(paidFor(frozen));
  });

  it('are asked around one that is frozen for good, although nothing is hedged', async () => {
    const left = await simulate({
      settings: { speculativeRetry: { kind: 'none' } },
      disturb: (cluster, _clock, node) => cluster.freeze(node),
    });
    expect(left.p95Ms).toBeLessThan(undisturbed.p95Ms * 2);
    expect(left.lost).toBeLessThan(3 * keysPerLookUp);
  });
});
