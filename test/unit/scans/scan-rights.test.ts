import { describe, expect, it } from 'vitest';
import type { Application, Grant } from '../../../src/core/applications.ts';
import { type RefusedCall, refusedCall, storeDown } from '../../../src/core/throttle/refused-call.ts';
import { makeState } from '../../support/rings.ts';
import { inOrder, makeRows } from '../../support/scan-cluster.ts';
import {
  linesOf,
  makeApplication,
  readAll,
  rowsOf,
  type ScanLine,
  type ScanScene,
  setUpScans,
} from '../../support/scripted-scans.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';

const shape = { nodes: 1, racks: 1, replicationFactor: 1, tokensPerNode: 1 };
const twoDatacenters = makeState([
  { ...shape, datacenter: 'dc' },
  { ...shape, datacenter: 'far' },
]);
const rows = makeRows(5, 20);

/** The application as `makeApplication` has it, with this of `shop.events`. */
function granted(grant: Grant | undefined, changes: Partial<Application> = {}): Application {
  const grants = new Map(grant === undefined ? [] : [['shop.events', grant]]);
  return { ...makeApplication(), grants, ...changes };
}

/** One page of ten was handed out and one is ahead, when the change comes. */
async function scanThrough(scene: ScanScene, change: () => void, body: object = {}): Promise<ScanLine[]> {
  const stream = await scene.open({ pageSize: 10, ...body }, { sessionId: 'held' });
  const first = linesOf(await scene.clock.runUntil(stream.next()));
  await scene.clock.advance(1);
  change();
  return [...first, ...(await readAll(scene.clock, stream))];
}

describe('an application that loses a right in mid-scan', () => {
  const columns = (...names: string[]) => new Set(names);
  const cases: readonly [what: string, now: Application | undefined, problem: string][] = [
    ['is gone', undefined, 'operation-not-granted'],
    ['has nothing of the table any more', granted(undefined), 'not-found'],
    [
      'may read it and not scan it',
      granted({ operations: new Set(['read']), columns: undefined }),
      'operation-not-granted',
    ],
    [
      'may not see a column of the scan',
      granted({ operations: new Set(['scan']), columns: columns('device', 'at') }),
      'cursor-stale',
    ],
  ];

  it.each(cases)('because it %s is told so, and gets no further page', async (_, now, problem) => {
    const scene = setUpScans(rows, { state: twoDatacenters });
    const lines = await scanThrough(scene, () => {
      if (now === undefined) scene.applications.delete('report');
      else scene.applications.set('report', now);
    });
    expect(rowsOf(lines)).toEqual(inOrder(rows).slice(0, 20));
    const { error } = lines.at(-1) ?? {};
    expect(error?.type).toBe(`/problems/${problem}`);
    expect(scene.cluster.asked).toHaveLength(2);
    const goOn = problem === 'cursor-stale' ? error?.restart : { cursor: error?.cursor };
    expect(Object.values(goOn ?? {})).not.toEqual([undefined]);
    const rest = await readAll(scene.clock, await scene.open(goOn));
    const whole = new Set([...rowsOf(lines), ...rowsOf(rest)].map((row) => JSON.stringify(row)));
    expect(whole.size).toBe(rows.length);
  });

  it('goes on where it is a column of others', async () => {
    const scene = setUpScans(rows, { state: twoDatacenters });
    const now = granted({ operations: new Set(['scan']), columns: columns('device', 'at') });
    const lines = await scanThrough(scene, () => void scene.applications.set('report', now), {
      columns: ['at', 'device'],
    });
    expect(lines.at(-1)).toEqual({ end: { rows: 100, complete: true } });
  });

  it('has used none of the units that it waited for', async () => {
    const throttle = createScriptedThrottle(20);
    const scene = setUpScans(rows, { state: twoDatacenters, throttle });
    const lines = await scanThrough(scene, () => {
      scene.applications.delete('report');
      throttle.left = 1_000;
    });
    expect(lines.at(-1)?.error?.type).toBe('/problems/operation-not-granted');
    expect(throttle.settled).toEqual([10, 10, 0]);
  });
});

describe('an application that changes in mid-scan', () => {
  it('has units asked for in its new class, and as it was last once it is gone', async () => {
    const throttle = createScriptedThrottle();
    const scene = setUpScans(rows, { state: twoDatacenters, throttle });
    const frontend = { ...makeApplication(), className: 'frontend' };
    const stream = await scene.open({ pageSize: 10 });
    await scene.clock.runUntil(stream.next());
    scene.applications.set('report', frontend);
    await scene.clock.runUntil(stream.next());
    scene.applications.delete('report');
    await readAll(scene.clock, stream);
    expect(throttle.asks.map(({ application: { className } }) => className)).toEqual([
      ...['backend', 'backend'],
      ...['frontend', 'frontend'],
    ]);
    expect(throttle.asks.every(({ application: { name } }) => name === 'report')).toBe(true);
  });

  it('reads in its new datacenters from the next page on, where they are connected to', async () => {
    const scene = setUpScans(rows, { state: twoDatacenters });
    scene.cluster.isConnectedTo = (datacenter) => datacenter !== 'lost';
    const stream = await scene.open({ pageSize: 10 });
    await scene.clock.runUntil(stream.next());
    await scene.clock.advance(1);
    scene.applications.set('report', { ...makeApplication(), datacenters: ['lost', 'far'] });
    await scene.clock.runUntil(stream.next());
    await scene.clock.advance(1);
    scene.applications.set('report', { ...makeApplication(), datacenters: ['lost'] });
    const lines = await readAll(scene.clock, stream);
    expect(lines.at(-1)?.end?.complete).toBe(true);
    const asked = scene.cluster.asked.map(({ node }) => node.datacenter);
    expect(asked).toEqual(['dc', 'dc', ...Array<string>(asked.length - 2).fill('far')]);
    expect(asked.length).toBeGreaterThanOrEqual(10);
  });
});

describe('a session that ends in mid-scan', () => {
  const notHeld = refusedCall('session-required', 'it has ended');

  function setUp(refusal: RefusedCall) {
    const state = { isOver: false, asked: [] as (string | undefined)[] };
    const sessions = {
      refusalOf: async (_: unknown, id: string | undefined) => {
        state.asked.push(id);
        return state.isOver ? refusal : undefined;
      },
    };
    return { state, scene: setUpScans(rows, { state: twoDatacenters, sessions }) };
  }

  it('ends the scan with a cursor', async () => {
    const { state, scene } = setUp(notHeld);
    const lines = await scanThrough(scene, () => {
      state.isOver = true;
    });
    expect(rowsOf(lines)).toHaveLength(20);
    const { error } = lines.at(-1) ?? {};
    expect(error?.type).toBe('/problems/session-required');
    expect(new Set(state.asked)).toEqual(new Set(['held']));
    state.isOver = false;
    const rest = await readAll(scene.clock, await scene.open({ cursor: error?.cursor }));
    expect(rowsOf([...lines, ...rest])).toEqual(inOrder(rows));
  });

  it('is looked at once a page', async () => {
    const { state, scene } = setUp(notHeld);
    await scanThrough(scene, () => {});
    expect(state.asked).toHaveLength(1 + scene.cluster.asked.length);
  });

  it('does not end it where nobody can tell', async () => {
    const { state, scene } = setUp(storeDown);
    const lines = await scanThrough(scene, () => {
      state.isOver = true;
    });
    expect(lines.at(-1)).toEqual({ end: { rows: 100, complete: true } });
  });
});

describe('the account of a scan', () => {
  it('tells why it failed', async () => {
    const scene = setUpScans(rows, { state: twoDatacenters });
    const stream = await scene.open({ pageSize: 10 });
    expect(stream.account().problem).toBe(undefined);
    scene.applications.delete('report');
    await readAll(scene.clock, stream);
    expect(stream.account()).toMatchObject({ outcome: 'failed', problem: 'operation-not-granted' });
  });
});
