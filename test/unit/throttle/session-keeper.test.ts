import { describe, expect, it } from 'vitest';
import { bookedLimit, createSessionParts } from '../../support/session-parts.ts';

const job = { name: 'job', className: 'backend' };
const ttlMs = 30_000;
const id = (text: string): string => text.padStart(22, '0');
const connect = bookedLimit('connect', { rate: 100, sessions: 4 });

describe('sessions while the store answers', () => {
  it('are held there, and nothing here', async () => {
    const { keeper, store, local, asked } = createSessionParts({ connect: [connect] });
    await keeper.open(job, id('a'), ttlMs);
    expect(await store.isHeld('job', id('a'))).toBe(true);
    expect(local.all()).toEqual([]);
    expect(asked).toEqual(['session-open']);
  });

  it('have a bound where there is no cap', async () => {
    const { keeper, store } = createSessionParts();
    const caps = [{ id: 'job/connect', sessions: Number.POSITIVE_INFINITY, enforced: true }];
    for (let held = 0; held < 100_000; held += 1) {
      store.hold({ application: 'job', id: `s${held}`, ttlMs: ttlMs + held, caps });
    }
    expect(await keeper.open(job, id('a'), ttlMs)).toMatchObject({
      kind: 'refused',
      reason: 'connect-sessions',
    });
    expect(await keeper.open({ ...job, name: 'other' }, id('a'), ttlMs)).toMatchObject({ kind: 'opened' });
  });

  it('have the bound also where the cap is in its shadow', async () => {
    const shadow = bookedLimit('connect', { rate: 100, sessions: 1, enforce: 'shadow' });
    const { keeper } = createSessionParts({ connect: [shadow] });
    await keeper.open(job, id('a'), ttlMs);
    expect(await keeper.open(job, id('b'), ttlMs)).toEqual({
      kind: 'opened',
      near: false,
      shadowRefused: true,
      states: [expect.objectContaining({ remaining: 98 })],
    });
  });
});

describe('sessions while the store is down', () => {
  it('are opened here, under the share of this instance, the rate from nothing', async () => {
    const { keeper, state, clock } = createSessionParts({ connect: [connect] }, { instances: 2 });
    state.down = true;
    expect(await keeper.open(job, id('a'), ttlMs)).toEqual({
      kind: 'refused',
      reason: 'connect-rate',
      retryAfterMs: 20,
      violated: ['job/connect'],
    });
    await clock.advance(1_000);
    for (const each of ['b', 'c'])
      expect((await keeper.open(job, id(each), ttlMs)) as object).toMatchObject({ kind: 'opened' });
    expect(await keeper.open(job, id('d'), ttlMs)).toMatchObject({
      reason: 'connect-sessions',
      retryAfterMs: ttlMs,
    });
  });

  it('charge no rate for whom the cap refuses', async () => {
    const slow = bookedLimit('connect', { rate: 1, burst: 2, sessions: 1 });
    const { keeper, state, clock } = createSessionParts({ connect: [slow] });
    state.down = true;
    await keeper.open(job, id('a'), ttlMs);
    await clock.advance(2_000);
    expect(await keeper.open(job, id('a'), ttlMs)).toMatchObject({ kind: 'opened' });
    await clock.advance(1_000);
    for (let times = 0; times < 5; times += 1) {
      expect(await keeper.open(job, id('b'), ttlMs)).toMatchObject({ reason: 'connect-sessions' });
    }
    await keeper.close(job, id('a'));
    expect(await keeper.open(job, id('b'), ttlMs)).toMatchObject({ kind: 'opened' });
  });

  const reactions = [
    { why: 'nobody limits', limits: [], open: 'opened' },
    { why: 'the limit lets all in', limits: [{ onStoreDown: 'allow' as const }], open: 'opened' },
    { why: 'the limit says to deny', limits: [{ onStoreDown: 'deny' as const }], open: 'denied' },
    {
      why: 'one of two limits says to deny',
      limits: [{ onStoreDown: 'allow' as const }, { onStoreDown: 'deny' as const }],
      open: 'denied',
    },
    {
      why: 'the limit that says to deny is not enforced',
      limits: [{ onStoreDown: 'deny' as const, enforce: 'shadow' as const }],
      open: 'opened',
    },
  ];
  it.each(reactions)('are $open where $why', async ({ limits, open }) => {
    const chain = limits.map((written, at) =>
      bookedLimit('connect', { rate: 100, ...written }, at === 0 ? undefined : 'backend'),
    );
    const { keeper, state } = createSessionParts({ connect: chain });
    state.down = true;
    const denied = open === 'denied';
    const verdict = await keeper.open(job, id('a'), ttlMs);
    expect(denied ? verdict : (verdict as { kind: string }).kind).toBe(open);
    const expected = denied ? 'denied' : true;
    expect(await keeper.renew(job, id('old'), ttlMs)).toBe(expected);
    expect(await keeper.isHeld(job, id('old'))).toBe(expected);
    expect(await keeper.close(job, id('old'))).toBe(expected);
  });

  it('count here when they are renewed', async () => {
    const { keeper, state, clock } = createSessionParts({ connect: [connect] }, { instances: 2 });
    await keeper.open(job, id('a'), ttlMs);
    await keeper.open(job, id('b'), ttlMs);
    state.down = true;
    await keeper.renew(job, id('a'), ttlMs);
    await keeper.open(job, id('c'), ttlMs);
    await keeper.renew(job, id('b'), ttlMs);
    await clock.advance(1_000);
    expect(await keeper.open(job, id('c'), ttlMs)).toMatchObject({ reason: 'connect-sessions' });
  });
});

describe('sessions when the store is back', () => {
  it('are given to it, with the time that is left of them', async () => {
    const { keeper, state, store, local, clock } = createSessionParts({ connect: [connect] });
    state.down = true;
    await keeper.renew(job, id('a'), ttlMs);
    await keeper.renew(job, id('b'), ttlMs);
    await clock.advance(10_000);
    state.down = false;
    await keeper.isHeld(job, id('other'));
    await clock.advance(0);
    expect(local.all()).toEqual([]);
    expect(store.all().map((held) => held.id)).toEqual([id('a'), id('b')]);
    await clock.advance(19_999);
    expect(await keeper.isHeld(job, id('a'))).toBe(true);
    await clock.advance(1);
    expect(await keeper.isHeld(job, id('a'))).toBe(false);
  });

  it('are held also where they were not given to it yet', async () => {
    const { keeper, state, asked } = createSessionParts({ connect: [connect] });
    state.down = true;
    await keeper.renew(job, id('a'), ttlMs);
    state.down = false;
    const [held, renewed] = await Promise.all([
      keeper.isHeld(job, id('a')),
      keeper.renew(job, id('a'), ttlMs),
    ]);
    expect([held, renewed]).toEqual([true, true]);
    expect(asked).toContain('session-renew');
  });

  it('are taken over whatever its caps say, and count under them', async () => {
    const one = bookedLimit('connect', { rate: 100, sessions: 1 });
    const { keeper, state, store, clock } = createSessionParts({ connect: [one] });
    await keeper.open(job, id('a'), ttlMs);
    state.down = true;
    await keeper.renew(job, id('b'), ttlMs);
    state.down = false;
    await keeper.isHeld(job, id('a'));
    await clock.advance(0);
    expect(await store.held(['job'])).toEqual(new Map([['job', 2]]));
    expect(await keeper.open(job, id('c'), ttlMs)).toMatchObject({ reason: 'connect-sessions' });
  });

  it('stay here where it fails again, until the next time', async () => {
    const { keeper, state, store, local, clock } = createSessionParts({ connect: [connect] });
    state.down = true;
    await keeper.renew(job, id('a'), ttlMs);
    state.down = false;
    const asking = keeper.isHeld(job, id('other'));
    await asking;
    state.down = true;
    await clock.advance(0);
    const heldSomewhere = [...store.all(), ...local.all()].map((held) => held.id);
    expect(heldSomewhere).toContain(id('a'));
    state.down = false;
    await keeper.isHeld(job, id('other'));
    await clock.advance(0);
    expect(store.all().map((held) => held.id)).toEqual([id('a')]);
  });
});
