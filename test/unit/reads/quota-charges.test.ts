import { describe, expect, it } from 'vitest';
import { QuotaBill } from '../../../src/core/reads/quota-bill.ts';
import { createQuotaReader } from '../../../src/core/reads/quota-reader.ts';
import { unsentReport } from '../../../src/core/reads/read-report.ts';
import { cachedBatch, inWords, noRow, overloaded, rowOf, timedOut } from '../../support/cached-reads.ts';
import { setUpLimitedReads } from '../../support/limited-reads.ts';

type LimitedReads = ReturnType<typeof setUpLimitedReads>;

describe('what is charged', () => {
  it('is kept for keys that failed: they were sent', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(10);
    const asked = ask(['a', 'b']);
    reads[0]?.answer(() => timedOut);
    await asked;
    expect(throttle.settled).toEqual([2]);
  });

  it('is given back for keys that found no room: what counts is what was sent', async () => {
    const { parts, throttle } = setUpLimitedReads(10);
    const { askWith } = withSent(parts, throttle, 1);
    await askWith(['a', 'b', 'c']);
    expect(throttle.settled).toEqual([1]);
    expect(throttle.left).toBe(9);
  });

  it('is more by what the rows of a key come to beyond one unit, as a debt', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(2);
    const asked = ask(['a', 'b']);
    reads[0]?.settle('a', rowOf(...Array.from({ length: 250 }, () => '{}')));
    reads[0]?.settle('b', rowOf('x'.repeat(70_000)));
    await asked;
    expect(throttle.settled).toEqual([5]);
    expect(throttle.left).toBe(-3);
    expect(inWords(await ask(['c']))).toEqual(['quota']);
  });

  it('counts rows that the answer had no room for: they were read', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(5);
    const asked = ask(['a'], { answerRoom: { take: () => false } });
    reads[0]?.answer(() => rowOf('x'.repeat(70_000)));
    expect(inWords(await asked)).toEqual(['size']);
    expect(throttle.settled).toEqual([2]);
  });

  it('is nothing for rows that another request has read', async () => {
    const { ask, reads, throttle } = setUpLimitedReads(5);
    const first = ask(['a']);
    const second = ask(['a', 'b'], { application: 'report' });
    reads[0]?.answer(() => rowOf('x'.repeat(70_000)));
    reads[1]?.answer();
    await Promise.all([first, second]);
    expect(throttle.settled).toEqual([2, 1]);
  });

  it('is what a batch reads again whose joined read failed', async () => {
    const { ask, reads, throttle, clock } = setUpLimitedReads(5);
    void ask(['a']);
    const second = ask(['a', 'b'], { application: 'report' });
    reads[1]?.answer();
    reads[0]?.answer(() => timedOut);
    await clock.advance(1);
    reads[2]?.answer();
    expect(inWords(await second)).toEqual(['cassandra a', 'cassandra b']);
    expect(throttle.settled).toEqual([1, 2]);
  });

  it('is all that was granted where the read broke: what was sent is not known', async () => {
    const { parts, throttle } = setUpLimitedReads(5);
    const { askWith } = withSent(parts, throttle, 0, new Error('a fault'));
    await expect(askWith(['a', 'b'])).rejects.toThrow('a fault');
    expect(throttle.settled).toEqual([]);
    expect(throttle.left).toBe(3);
  });

  function withSent(
    parts: LimitedReads['parts'],
    throttle: LimitedReads['throttle'],
    sent: number,
    fault?: Error,
  ) {
    const read = createQuotaReader(parts, async ({ keys }) => {
      if (fault !== undefined) throw fault;
      return {
        outcomes: keys.map((_, key) => (key < sent ? noRow : overloaded)),
        report: { ...unsentReport(7), groups: [keys.length], sent },
      };
    });
    return {
      askWith: async (keys: readonly string[]) => {
        const bill = new QuotaBill(
          { throttle, clock: parts.clock, telemetry: parts.telemetry },
          {
            application: { name: 'storefront', className: 'frontend' },
            operation: 'read',
            strict: false,
            deadlineMs: 1_000,
          },
        );
        const asked = read(cachedBatch(keys, { bill }));
        bill.close();
        return asked;
      },
    };
  }
});
