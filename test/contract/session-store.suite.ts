import { beforeEach, describe, expect, it } from 'vitest';
import type { ChargedLimit } from '../../src/core/throttle/limit-store.ts';
import type { SessionCap, SessionStore, SessionVerdict } from '../../src/core/throttle/sessions.ts';

export interface SessionStoreFixture {
  readonly store: SessionStore;
  /** Moves the clock that counts. */
  readonly advance: (ms: number) => void;
}

const own: SessionCap = { id: 'job/connect', sessions: 2, enforced: true };
const ofClass: SessionCap = { id: 'class:backend/connect', sessions: 3, enforced: true };
/** One at once, then one in 100 ms. */
const slow: ChargedLimit = { id: 'job/connect', rate: 10, burst: 1, enforced: true };
const ttlMs = 1_000;

/** What every `SessionStore` does. `create` gives an empty one. */
export function describeSessionStore(name: string, create: () => Promise<SessionStoreFixture>): void {
  describe(name, () => {
    let store: SessionStore;
    let advance: SessionStoreFixture['advance'];
    beforeEach(async () => {
      ({ store, advance } = await create());
    });

    const open = (
      id: string,
      rest: {
        application?: string;
        ttlMs?: number;
        limits?: readonly ChargedLimit[];
        caps?: readonly SessionCap[];
      } = {},
    ): Promise<SessionVerdict> =>
      store.open({ application: 'job', id, ttlMs, limits: [], caps: [own], ...rest });
    const opened = { kind: 'opened', near: false, shadowRefused: false, states: expect.any(Array) };

    it('holds what was opened until its time is over', async () => {
      expect(await open('a')).toEqual(opened);
      advance(ttlMs - 1);
      expect(await store.isHeld('job', 'a')).toBe(true);
      advance(1);
      expect(await store.isHeld('job', 'a')).toBe(false);
    });

    it('holds it for its application alone', async () => {
      await open('a');
      expect(await store.isHeld('other', 'a')).toBe(false);
      expect(await store.renew({ application: 'other', id: 'a', ttlMs, caps: [] })).toBe(false);
      expect(await store.close({ application: 'other', id: 'a', caps: [] })).toBe(false);
      expect(await store.isHeld('job', 'a')).toBe(true);
    });

    it('refuses beyond the cap until the first would end, and not earlier', async () => {
      await open('a');
      advance(400);
      await open('b');
      expect(await open('c')).toEqual({
        kind: 'refused',
        reason: 'connect-sessions',
        retryAfterMs: 600,
        violated: ['job/connect'],
      });
      advance(599);
      expect((await open('c')).kind).toBe('refused');
      advance(1);
      expect(await open('c')).toEqual(opened);
      expect(await open('d')).toMatchObject({ kind: 'refused', retryAfterMs: 400 });
    });

    it('tells when enough have ended where the cap was made smaller', async () => {
      await open('a', { ttlMs: 300 });
      await open('b', { ttlMs: 500 });
      const one: SessionCap = { ...own, sessions: 1 };
      expect(await open('c', { caps: [one] })).toMatchObject({ kind: 'refused', retryAfterMs: 500 });
    });

    it('counts the sessions of a class over its applications', async () => {
      const caps = [ofClass];
      for (const id of ['a', 'b']) await open(id, { caps });
      await open('c', { application: 'other', ttlMs: 700, caps });
      expect(await open('d', { application: 'third', caps })).toEqual({
        kind: 'refused',
        reason: 'connect-sessions',
        retryAfterMs: 700,
        violated: ['class:backend/connect'],
      });
      expect(await store.held(['job', 'other', 'third'])).toEqual(
        new Map([
          ['job', 2],
          ['other', 1],
          ['third', 0],
        ]),
      );
    });

    it('blames every cap that is reached, and waits for the last of them', async () => {
      await open('a', { ttlMs: 200, caps: [own, ofClass] });
      await open('b', { ttlMs: 300, caps: [own, ofClass] });
      await open('c', { application: 'other', ttlMs: 900, caps: [ofClass] });
      expect(await open('d', { caps: [own, { ...ofClass, sessions: 1 }] })).toEqual({
        kind: 'refused',
        reason: 'connect-sessions',
        retryAfterMs: 900,
        violated: ['job/connect', 'class:backend/connect'],
      });
    });

    it('refuses beyond the rate, and holds nothing then', async () => {
      await open('a', { limits: [slow] });
      expect(await open('b', { limits: [slow] })).toEqual({
        kind: 'refused',
        reason: 'connect-rate',
        retryAfterMs: 100,
        violated: ['job/connect'],
      });
      expect(await store.isHeld('job', 'b')).toBe(false);
      advance(100);
      expect((await open('b', { limits: [slow] })).kind).toBe('opened');
    });

    it('charges the rate for nobody whom the cap refuses', async () => {
      const caps = [{ ...own, sessions: 1 }];
      await open('a', { limits: [slow], caps });
      advance(100);
      for (const id of ['b', 'c', 'd']) {
        expect(await open(id, { limits: [slow], caps })).toMatchObject({ reason: 'connect-sessions' });
      }
      await store.close({ application: 'job', id: 'a', caps });
      expect((await open('b', { limits: [slow], caps })).kind).toBe('opened');
    });

    it('only says so where a limit is not enforced', async () => {
      const caps = [{ ...own, sessions: 1, enforced: false }];
      expect(await open('a', { caps })).toEqual(opened);
      expect(await open('b', { caps })).toEqual({ ...opened, shadowRefused: true });
      const limits = [{ ...slow, enforced: false }];
      expect(await open('c', { caps: [], limits })).toEqual({ ...opened, near: true });
      expect(await open('d', { caps: [], limits })).toMatchObject({ shadowRefused: true });
      expect(await store.held(['job'])).toEqual(new Map([['job', 4]]));
    });

    it('renews what is held, and takes up nothing that has ended', async () => {
      await open('a');
      advance(900);
      expect(await store.renew({ application: 'job', id: 'a', ttlMs: 500, caps: [own] })).toBe(true);
      advance(499);
      expect(await store.isHeld('job', 'a')).toBe(true);
      advance(1);
      expect(await store.renew({ application: 'job', id: 'a', ttlMs: 500, caps: [own] })).toBe(false);
      expect(await store.isHeld('job', 'a')).toBe(false);
    });

    it('makes a session shorter, too', async () => {
      await open('a');
      await store.renew({ application: 'job', id: 'a', ttlMs: 100, caps: [own] });
      advance(100);
      expect(await store.isHeld('job', 'a')).toBe(false);
    });

    it('counts a renewed session under a cap that came later', async () => {
      await open('a', { caps: [] });
      const caps = [{ ...ofClass, sessions: 1 }];
      await store.renew({ application: 'job', id: 'a', ttlMs, caps });
      expect((await open('b', { application: 'other', caps })).kind).toBe('refused');
    });

    it('gives the place back at once when a session is closed', async () => {
      const caps = [{ ...own, sessions: 1 }, ofClass];
      await open('a', { caps });
      expect(await store.close({ application: 'job', id: 'a', caps })).toBe(true);
      expect(await store.isHeld('job', 'a')).toBe(false);
      expect(await store.close({ application: 'job', id: 'a', caps })).toBe(false);
      expect((await open('b', { caps })).kind).toBe('opened');
    });

    it('gives the place back when its holder is heard of no more', async () => {
      await open('a');
      await open('b');
      advance(ttlMs);
      expect(await store.held(['job'])).toEqual(new Map([['job', 0]]));
      for (const id of ['c', 'd']) expect((await open(id)).kind).toBe('opened');
    });

    it('lets in as many as the cap says when all come at once', async () => {
      const caps = [{ ...own, sessions: 10 }];
      const verdicts = await Promise.all(
        Array.from({ length: 50 }, (_, index) => open(`s${index}`, { caps })),
      );
      expect(verdicts.filter(({ kind }) => kind === 'opened')).toHaveLength(10);
      expect(await store.held(['job'])).toEqual(new Map([['job', 10]]));
    });
  });
}
