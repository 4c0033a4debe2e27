import { describe, expect, it } from 'vitest';
import { createConditionBook, type Readiness } from '../../../src/core/readiness.ts';
import { instanceReadiness } from '../../../src/workers/instance-readiness.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const readiness = (failed?: string): Readiness => ({
  ready: failed === undefined,
  conditions: ['cluster', 'shutdown'].map((name) => ({
    name,
    state: name === failed ? 'failed' : 'ok',
    reason: name === failed ? 'why' : '',
    ageMs: 7,
  })),
});

describe('an instance of four workers, asked at one of them', () => {
  it.each<[string | undefined, number, boolean, string]>([
    [undefined, 4, true, 'all are ready'],
    [undefined, 1, true, 'one is enough'],
    [undefined, 0, true, 'it is ready itself, and the others have not heard of it yet'],
    ['cluster', 3, true, 'the others can serve'],
    ['cluster', 0, false, 'nobody can'],
    ['shutdown', 3, false, 'the whole instance ends'],
  ])('itself lacking %s, %i ready: ready is %s, because %s', (failed, ready, expected) => {
    const book = createConditionBook(createFakeClock());
    expect(instanceReadiness(readiness(failed), { workers: 4, ready }, book).ready).toBe(expected);
  });

  it('says with a warning what it lacks alone, and how many cannot serve', () => {
    const book = createConditionBook(createFakeClock());
    const { conditions } = instanceReadiness(readiness('cluster'), { workers: 4, ready: 3 }, book);
    expect(conditions).toEqual([
      { name: 'cluster', state: 'warning', reason: 'why', ageMs: 7 },
      { name: 'shutdown', state: 'ok', reason: '', ageMs: 7 },
      { name: 'workers', state: 'warning', reason: '1 of 4 workers cannot serve', ageMs: 0 },
    ]);
  });
});
