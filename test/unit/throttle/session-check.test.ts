import { describe, expect, it } from 'vitest';
import { bookedLimit, createSessionParts } from '../../support/session-parts.ts';

const job = { name: 'job', className: 'backend' };
const connect = bookedLimit('connect', { rate: 100 });
const unknownId = 'x'.repeat(22);

async function openOne(parts: ReturnType<typeof createSessionParts>): Promise<string> {
  const opened = await parts.sessions.open(job, { ttlSeconds: 10 });
  if (opened.kind !== 'held') throw new Error('no session');
  return opened.sessionId;
}

describe('a session is required', () => {
  const chains = [
    { why: 'of nobody without a limit', chain: [], required: false },
    { why: 'where the application has a limit', chain: [connect], required: true },
    {
      why: 'where its class has one',
      chain: [bookedLimit('connect', { rate: 1 }, 'backend')],
      required: true,
    },
    {
      why: 'not for a limit in its shadow',
      chain: [bookedLimit('connect', { rate: 1, enforce: 'shadow' })],
      required: false,
    },
  ];
  it.each(chains)('$why', async ({ chain, required }) => {
    const { check } = createSessionParts({ connect: chain });
    const refused = await check.refusalOf(job, undefined);
    expect(refused?.problem).toBe(required ? 'session-required' : undefined);
  });

  it('that the application itself holds', async () => {
    const parts = createSessionParts({ connect: [connect] });
    const sessionId = await openOne(parts);
    expect(await parts.check.refusalOf(job, sessionId)).toBeUndefined();
    expect(await parts.check.refusalOf({ ...job, name: 'other' }, sessionId)).toMatchObject({
      problem: 'session-required',
    });
  });

  it('and no other text: the store is not asked for what has not the form of one', async () => {
    const { check, asked } = createSessionParts({ connect: [connect] });
    for (const text of ['', 'a', `${unknownId}x`, `${'x'.repeat(21)}é`, 'a, b']) {
      expect(await check.refusalOf(job, text)).toMatchObject({ problem: 'session-required' });
    }
    expect(asked).toEqual([]);
    await check.refusalOf(job, unknownId);
    expect(asked).toEqual(['session-check']);
  });
});

describe('a session that was held', () => {
  it('is believed for a second without asking again', async () => {
    const parts = createSessionParts({ connect: [connect] });
    const sessionId = await openOne(parts);
    const checks = (): number => parts.asked.filter((name) => name === 'session-check').length;
    for (let times = 0; times < 10; times += 1) await parts.check.refusalOf(job, sessionId);
    expect(checks()).toBe(1);
    await parts.clock.advance(999);
    await parts.check.refusalOf(job, sessionId);
    expect(checks()).toBe(1);
    await parts.clock.advance(1);
    await parts.check.refusalOf(job, sessionId);
    expect(checks()).toBe(2);
  });

  it('is not believed any more once it was closed, or found to have ended', async () => {
    const parts = createSessionParts({ connect: [connect] });
    const sessionId = await openOne(parts);
    await parts.check.refusalOf(job, sessionId);
    await parts.sessions.close(job, sessionId);
    expect(await parts.check.refusalOf(job, sessionId)).toMatchObject({ problem: 'session-required' });

    const other = await openOne(parts);
    await parts.clock.advance(9_500);
    await parts.check.refusalOf(job, other);
    await parts.clock.advance(500);
    await expect(parts.sessions.renew(job, other, undefined)).rejects.toMatchObject({ slug: 'not-found' });
    expect(await parts.check.refusalOf(job, other)).toMatchObject({ problem: 'session-required' });
  });

  it('is asked for again where too many others were believed since', async () => {
    const parts = createSessionParts({ connect: [connect] });
    const ids = Array.from({ length: 10_001 }, (_, index) => String(index).padStart(22, 'a'));
    for (const id of ids) parts.store.hold({ application: 'job', id, ttlMs: 10_000, caps: [] });
    for (const id of ids) await parts.check.refusalOf(job, id);
    const before = parts.asked.length;
    await parts.check.refusalOf(job, ids[1]);
    expect(parts.asked).toHaveLength(before);
    await parts.check.refusalOf(job, ids[0]);
    expect(parts.asked).toHaveLength(before + 1);
  });
});

describe('while the store is down', () => {
  it('whoever names a session is believed', async () => {
    const { check, state } = createSessionParts({ connect: [connect] });
    state.down = true;
    expect(await check.refusalOf(job, unknownId)).toBeUndefined();
    expect(await check.refusalOf(job, undefined)).toMatchObject({ problem: 'session-required' });
  });

  it('nobody is where a limit says to deny, but who was a moment ago', async () => {
    const deny = bookedLimit('connect', { rate: 100, onStoreDown: 'deny' });
    const parts = createSessionParts({ connect: [deny] });
    const sessionId = await openOne(parts);
    await parts.check.refusalOf(job, sessionId);
    parts.state.down = true;
    expect(await parts.check.refusalOf(job, unknownId)).toMatchObject({ problem: 'limiter-unavailable' });
    expect(await parts.check.refusalOf(job, sessionId)).toBeUndefined();
  });
});
