import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/core/applications.ts';
import type { PermitCall } from '../../../src/core/throttle/permit-service.ts';
import { bookedLimit, createSessionParts } from '../../support/session-parts.ts';

const grant = { operations: new Set<Operation>(['read', 'scan']), columns: undefined };
const job = { name: 'job', className: 'backend', grants: new Map([['shop.products', grant]]) };
const permitId = '7d444840-9dc0-11d1-b245-5ffdce74fad2';
const otherId = '7d444840-9dc0-11d1-b245-5ffdce74fad3';
const scan = bookedLimit('scan', { rate: 1_000, burst: 100 });

function call(units: number, rest: Partial<PermitCall> = {}): PermitCall {
  return { caller: job, sessionId: undefined, operation: 'scan', units, permitId, ...rest };
}

describe('permits', () => {
  it('are granted in part, and tell when there is more', async () => {
    const ofClass = bookedLimit('scan', { rate: 10, burst: 60 }, 'backend');
    const { permits, told } = createSessionParts({ scan: [scan, ofClass] });
    expect(await permits.take(call(70))).toMatchObject({
      kind: 'granted',
      units: 60,
      expiresInMs: 1_000,
      nextInMs: 100,
    });
    expect(told).toEqual([
      ['used', 'job', 'scan', 60],
      ['refused', 'job', 'scan', 10, 'on'],
      ['near', 'job', 'scan'],
    ]);
  });

  it('tell of nothing more to come where all was granted', async () => {
    const { permits } = createSessionParts({ scan: [scan] });
    expect(await permits.take(call(100))).toMatchObject({ units: 100, nextInMs: 0 });
  });

  it("tell where the application's own limit stands", async () => {
    const { permits } = createSessionParts({ scan: [scan] });
    expect(await permits.take(call(70))).toMatchObject({
      own: { policy: 'scan', rate: 1_000, burst: 100, remaining: 30, fullInMs: 70 },
    });
    const onlyClass = createSessionParts({ scan: [bookedLimit('scan', { rate: 10 }, 'backend')] });
    expect((await onlyClass.permits.take(call(1))).own).toBeUndefined();
  });

  it('are refused where there is not one unit', async () => {
    const { permits, told } = createSessionParts({ scan: [scan] });
    await permits.take(call(100));
    expect(await permits.take(call(7, { permitId: otherId }))).toMatchObject({
      kind: 'refused',
      problem: 'over-quota',
      retryAfterMs: 1,
      violated: ['scan'],
    });
    expect(told.at(-1)).toEqual(['refused', 'job', 'scan', 7, 'on']);
  });

  it('say so where they are refused by a limit that is slowed, also without the store', async () => {
    const slowed = { ...scan, slowed: 0.3 };
    const whole = bookedLimit('scan', { rate: 10, burst: 500 }, 'backend');
    const { permits, state } = createSessionParts({ scan: [slowed, whole] });
    await permits.take(call(100));
    expect(await permits.take(call(7, { permitId: otherId }))).toMatchObject({
      kind: 'refused',
      violated: ['scan'],
      slowed: 0.3,
    });
    state.down = true;
    expect(await permits.take(call(7, { permitId: otherId }))).toMatchObject({
      kind: 'refused',
      slowed: 0.3,
    });
    const asSet = createSessionParts({ scan: [scan] });
    await asSet.permits.take(call(100));
    expect(await asSet.permits.take(call(7, { permitId: otherId }))).not.toHaveProperty('slowed');
  });

  it('say so where a limit in its shadow would have granted less', async () => {
    const shadow = bookedLimit('scan', { rate: 10, burst: 10, enforce: 'shadow' });
    const { permits, told } = createSessionParts({ scan: [shadow] });
    expect(await permits.take(call(30))).toMatchObject({ units: 30, nextInMs: 0 });
    expect(told).toContainEqual(['refused', 'job', 'scan', 20, 'shadow']);
  });

  it('are for operations that the application may use somewhere', async () => {
    const { permits, asked } = createSessionParts();
    await expect(permits.take(call(1, { operation: 'write' }))).rejects.toMatchObject({
      slug: 'operation-not-granted',
    });
    expect(asked).toEqual([]);
  });

  it('need a session where there is a limit on connect', async () => {
    const { permits, sessions } = createSessionParts({ connect: [bookedLimit('connect', { rate: 10 })] });
    expect(await permits.take(call(1))).toMatchObject({ problem: 'session-required' });
    const opened = await sessions.open(job, {});
    const sessionId = opened.kind === 'held' ? opened.sessionId : '';
    expect(await permits.take(call(1, { sessionId }))).toMatchObject({ kind: 'granted' });
  });

  it('are refused while the application is paused', async () => {
    const { permits, state, asked } = createSessionParts({ scan: [scan] });
    state.paused = true;
    expect(await permits.take(call(1))).toMatchObject({ problem: 'application-paused' });
    expect(asked).toEqual([]);
  });

  it('count a repeated id once', async () => {
    const { permits, told } = createSessionParts({ scan: [scan] });
    await permits.take(call(30));
    expect(await permits.take(call(50))).toMatchObject({ units: 30 });
    expect(told).toEqual([['used', 'job', 'scan', 30]]);
  });

  it('tell the throttle how the limits stand', async () => {
    const { permits, noted } = createSessionParts({ scan: [scan] });
    await permits.take(call(100));
    await permits.take(call(1, { permitId: otherId }));
    const state = expect.objectContaining({ remaining: 0, fullInMs: 100 });
    expect(noted).toEqual(Array.from({ length: 2 }, () => [job, 'scan', [scan], [state]]));
  });

  it('are for one operation: their id is refused for another, and nothing is charged', async () => {
    const read = bookedLimit('read', { rate: 1_000, burst: 100 });
    const { permits, told } = createSessionParts({ scan: [scan], read: [read] });
    await permits.take(call(40));
    const before = [...told];
    await expect(permits.take(call(99, { operation: 'read' }))).rejects.toMatchObject({ slug: 'impossible' });
    expect(told).toEqual(before);
    expect(await permits.take(call(40))).toMatchObject({ units: 40 });
    expect(await permits.take(call(100, { operation: 'read', permitId: otherId }))).toMatchObject({
      units: 100,
    });
  });

  it('are given back once, by who has them', async () => {
    const { permits, told } = createSessionParts({ scan: [scan] });
    await permits.take(call(80));
    const other = { ...job, name: 'other' };
    await expect(permits.giveBack(other, permitId, 80)).rejects.toMatchObject({ slug: 'not-found' });
    expect(await permits.giveBack(job, permitId.toUpperCase(), 50)).toEqual({
      kind: 'returned',
      units: 50,
      operation: 'scan',
    });
    expect(told.at(-1)).toEqual(['used', 'job', 'scan', -50]);
    await expect(permits.giveBack(job, permitId, 1)).rejects.toMatchObject({ slug: 'not-found' });
    await expect(permits.giveBack(job, 'no-uuid', 1)).rejects.toMatchObject({ slug: 'not-found' });
  });

  it('are refused where more would have to be remembered than may be', async () => {
    const { permits, clock } = createSessionParts();
    const idOf = (index: number): string => `${String(index).padStart(8, '0')}${permitId.slice(8)}`;
    for (let index = 0; index < 60_000; index += 1) await permits.take(call(1, { permitId: idOf(index) }));
    expect(await permits.take(call(1))).toMatchObject({
      problem: 'over-quota',
      retryAfterMs: 60_000,
      violated: [],
    });
    expect(await permits.take(call(1, { permitId: idOf(5) }))).toMatchObject({ kind: 'granted' });
    await clock.advance(60_000);
    expect(await permits.take(call(1))).toMatchObject({ kind: 'granted' });
  });
});

describe('permits while the store is down', () => {
  it("come from this instance's share, from nothing, and an id counts once", async () => {
    const { permits, state, clock, told } = createSessionParts({ scan: [scan] }, { instances: 4 });
    state.down = true;
    expect(await permits.take(call(10))).toMatchObject({ problem: 'over-quota', violated: ['scan'] });
    await clock.advance(1_000);
    expect(await permits.take(call(40))).toMatchObject({ units: 25, expiresInMs: 1_000 });
    expect(await permits.take(call(40))).toMatchObject({ units: 25 });
    expect(await permits.take(call(1, { permitId: otherId }))).toMatchObject({ problem: 'over-quota' });
    expect(told.filter(([event]) => event === 'used')).toEqual([['used', 'job', 'scan', 25]]);
  });

  it('tell when there is one more unit, not when there is all that was wanted', async () => {
    const slow = bookedLimit('scan', { rate: 10, burst: 100 });
    const { permits, state, clock } = createSessionParts({ scan: [slow] });
    state.down = true;
    await permits.take(call(1, { permitId: otherId }));
    await clock.advance(1_040);
    expect(await permits.take(call(90))).toMatchObject({ units: 10, nextInMs: 60 });
  });

  it('are for one operation', async () => {
    const { permits, state, clock } = createSessionParts({ scan: [scan] });
    state.down = true;
    await permits.take(call(1, { permitId: otherId }));
    await clock.advance(1_000);
    await permits.take(call(40));
    await expect(permits.take(call(40, { operation: 'read' }))).rejects.toMatchObject({ slug: 'impossible' });
  });

  it('are known here when it is back, and given back here', async () => {
    const { permits, state, clock, asked } = createSessionParts({ scan: [scan] });
    state.down = true;
    await permits.take(call(1, { permitId: otherId }));
    await clock.advance(1_000);
    await permits.take(call(40));
    state.down = false;
    expect(await permits.take(call(40))).toMatchObject({ units: 40 });
    expect(await permits.giveBack(job, permitId, 40)).toMatchObject({ units: 40 });
    expect(asked).toEqual([]);
  });

  it('come from nothing again the next time that it is down', async () => {
    const { permits, state, clock } = createSessionParts({ scan: [scan] });
    state.down = true;
    await permits.take(call(1, { permitId: otherId }));
    await clock.advance(1_000);
    expect(await permits.take(call(10))).toMatchObject({ units: 10 });
    state.down = false;
    await permits.take(call(1, { permitId: otherId }));
    state.down = true;
    expect(await permits.take(call(1, { permitId: permitId.replace('7', '8') }))).toMatchObject({
      problem: 'over-quota',
    });
  });

  it('are granted whole where the limits let all in', async () => {
    const allow = bookedLimit('scan', { rate: 1, onStoreDown: 'allow' });
    const { permits, state } = createSessionParts({ scan: [allow] });
    state.down = true;
    expect(await permits.take(call(5_000))).toMatchObject({ units: 5_000, nextInMs: 0 });
  });

  it('are refused where a limit says to deny', async () => {
    const deny = bookedLimit('scan', { rate: 1_000, onStoreDown: 'deny' });
    const { permits, state } = createSessionParts({ scan: [deny] });
    state.down = true;
    expect(await permits.take(call(1))).toMatchObject({ problem: 'limiter-unavailable' });
  });

  it('cannot be given back to a store that is away', async () => {
    const { permits, state } = createSessionParts({ scan: [scan] });
    await permits.take(call(80));
    state.down = true;
    expect(await permits.giveBack(job, permitId, 80)).toMatchObject({ problem: 'limiter-unavailable' });
  });
});
