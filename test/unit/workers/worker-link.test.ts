import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Administration } from '../../../src/core/administration.ts';
import { linkToPrimary, type WorkerParts } from '../../../src/workers/worker-link.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createLinked } from './worker-link-fixture.ts';

const ready = (isReady = true) => ({ ready: isReady, conditions: [] });

function createParts(changes: Partial<WorkerParts> = {}): WorkerParts {
  return {
    readiness: () => ready(),
    metrics: async () => [],
    cache: () => ({ hits: 1 }) as never,
    reload: () => ({ outcome: 'unchanged', applied: [], pendingRestart: [] }),
    drain: () => 3,
    logger: pino({ level: 'info' }, { write: () => {} }),
    longestStopMs: () => 20_000,
    ...changes,
  };
}

it('has no link where the primary says nothing', async () => {
  const clock = createFakeClock();
  const linking = linkToPrimary({ send: async () => {}, listen: () => {} }, clock).catch(String);
  expect(await clock.runUntil(linking)).toContain('does not speak to it');
});

describe('a worker that is to listen', () => {
  it('does so at once where nothing else is said', async () => {
    const { link } = await createLinked();
    await link.mayListen(() => ready(false));
  });

  it('waits until it is ready', async () => {
    const { link, clock } = await createLinked({ whenReady: { withinMs: 10_000, otherwise: 'fail' } });
    await clock.runUntil(link.mayListen(() => ready(clock.nowMs() >= 700)));
    expect(clock.nowMs()).toBe(700);
  });

  it('that is not ready in time does it all the same, or fails', async () => {
    const waits = { withinMs: 10_000 };
    const helping = await createLinked({ whenReady: { ...waits, otherwise: 'listen' } });
    await helping.clock.runUntil(helping.link.mayListen(() => ready(false)));
    const renewing = await createLinked({ whenReady: { ...waits, otherwise: 'fail' } });
    const outcome = renewing.link.mayListen(() => ready(false)).catch((error: Error) => error.message);
    expect(await renewing.clock.runUntil(outcome)).toBe('worker 2 was not ready within 10 s');
  });
});

describe('the primary', () => {
  it('hears each second how it is', async () => {
    const { link, clock, heard } = await createLinked();
    link.attend(createParts());
    await clock.advance(3_000);
    const told = heard.filter(({ kind }) => kind === 'status');
    expect(told).toHaveLength(4);
    expect(told[0]).toEqual({ kind: 'status', status: { ready: true, longestStopMs: 20_000 } });
  });

  it.each([
    ['cache', { hits: 1 }],
    ['metrics', []],
    ['drain', 3],
    ['reload', 'unchanged'],
  ])('is answered about %s', async (about, value) => {
    const { link, clock, heard, say } = await createLinked();
    link.attend(createParts());
    say({ kind: 'question', id: 7, about });
    await clock.advance(1);
    expect(heard).toContainEqual({ kind: 'answer', id: 7, value });
  });

  it('is told that there is no answer before the system is there, and to what nobody knows', async () => {
    const { link, clock, heard, say } = await createLinked();
    say({ kind: 'question', id: 7, about: 'cache' });
    link.attend(createParts());
    say({ kind: 'question', id: 8, about: 'weather' });
    await clock.advance(1);
    expect(heard).toContainEqual({ kind: 'answer', id: 7, failed: true });
    expect(heard).toContainEqual({ kind: 'answer', id: 8, failed: true });
  });

  it('sets the level of the log, also before the system is there', async () => {
    const { link, say } = await createLinked({ logLevel: 'warn' });
    const parts = createParts();
    link.attend(parts);
    expect(parts.logger.level).toBe('warn');
    say({ kind: 'log-level', level: 'debug' });
    expect(parts.logger.level).toBe('debug');
  });
});

describe('the admin port of a worker', () => {
  const levels: string[] = [];
  const own = {
    cache: { stats: () => ({ hits: 1 }), purge: async () => ({ partitions: 0 }) },
    drain: () => ({ inFlight: 3 }),
    reloadConfig: async () => ({ outcome: 'unchanged', applied: [], pendingRestart: [] }),
    logLevel: { get: () => 'info', set: (level: string) => void levels.push(level) },
  } as unknown as Administration;

  it('tells of all workers', async () => {
    const { link, heard, answerWith } = await createLinked();
    answerWith({ inFlight: 9 });
    expect(await link.forAll(own).drain()).toEqual({ inFlight: 9 });
    await link.forAll(own).reloadConfig();
    expect(heard.flatMap((message) => (message.kind === 'question' ? [message.about] : []))).toEqual([
      'drain',
      'reload',
    ]);
  });

  it('sets its own level of the log, and tells the primary', async () => {
    const { link, heard } = await createLinked();
    link.forAll(own).logLevel.set('trace');
    expect(levels).toEqual(['trace']);
    expect(heard).toContainEqual({ kind: 'log-level', level: 'trace' });
  });

  it('drains alone where the primary is silent, and shows no numbers of one as those of all', async () => {
    const { link, clock } = await createLinked();
    expect(await clock.runUntil(Promise.resolve(link.forAll(own).drain()))).toEqual({ inFlight: 3 });
    const stats = Promise.resolve(link.forAll(own).cache.stats()).catch((error: unknown) => error);
    expect(await clock.runUntil(stats)).toMatchObject({ slug: 'deadline-exceeded' });
    const metrics = link.metricsText().catch((error: unknown) => error);
    expect(await clock.runUntil(metrics)).toMatchObject({ slug: 'deadline-exceeded' });
  });
});
