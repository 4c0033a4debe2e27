import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultSpeculativeRetry,
  formatSpeculativeRetry,
  parseSpeculativeRetry,
  type SpeculativeRetry,
} from '../../../src/core/speculation/speculative-retry.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const percentile = (value: number): SpeculativeRetry => ({ kind: 'percentile', percentile: value });
const fixed = (delayMs: number): SpeculativeRetry => ({ kind: 'fixed', delayMs });
const min = (first: SpeculativeRetry, second: SpeculativeRetry): SpeculativeRetry => ({
  kind: 'min',
  first,
  second,
});

describe('a speculative retry rule', () => {
  it.each<[string, SpeculativeRetry, string]>([
    ['NONE', { kind: 'none' }, 'the word'],
    ['none', { kind: 'none' }, 'any case'],
    ['never', { kind: 'none' }, "Cassandra's other word"],
    ['ALWAYS', { kind: 'always' }, 'the word'],
    ['99p', percentile(99), 'a percentile'],
    ['99.9P', percentile(99.9), 'with a fraction'],
    ['99PERCENTILE', percentile(99), 'in full'],
    ['.5p', percentile(0.5), 'as Cassandra, no digit before the point'],
    ['15ms', fixed(15), 'a time'],
    ['1.5MS', fixed(1.5), 'part of a millisecond'],
    ['0ms', fixed(0), 'at once, if the budget pays'],
    ['86400000ms', fixed(86_400_000), 'a day'],
    ['MIN(99p,15ms)', min(percentile(99), fixed(15)), 'the sooner of two'],
    ['max(15ms, 99percentile)', { kind: 'max', first: fixed(15), second: percentile(99) }, 'the other order'],
    ['  Min ( 99 p , 15 ms ) ', min(percentile(99), fixed(15)), 'spaces'],
  ])('%j is read', (text, expected, _why) => {
    expect(parseSpeculativeRetry(text)).toEqual(expected);
  });

  it.each([
    ['', 'nothing'],
    ['99', 'no unit'],
    ['0p', 'not above 0'],
    ['100p', 'not below 100'],
    ['-1ms', 'a time before now'],
    ['86400001ms', 'longer than a day'],
    ['1e3ms', 'no exponents in this grammar'],
    ['.ms', 'no digit'],
    ['15s', 'another unit'],
    ['MIN(99p)', 'one argument'],
    ['MIN(99p,15ms,20ms)', 'three'],
    ['MIN(99p,95p)', 'two of a kind, as in Cassandra'],
    ['MIN(15ms,20ms)', 'two of a kind'],
    ['MIN(NONE,15ms)', 'a word is no argument'],
    ['MIN(MAX(99p,15ms),20ms)', 'no nesting'],
    ['MIN(99p,15ms', 'not closed'],
    ['99p,15ms', 'no function'],
    [`15ms${' '.repeat(100)}`, 'longer than any rule'],
  ])('%j is refused: %s', (text, _why) => {
    expect(parseSpeculativeRetry(text)).toBeUndefined();
  });

  it('is written as it is read', () => {
    const somePercentile = fc
      .integer({ min: 1, max: 99_999_999 })
      .map((millionths) => percentile(millionths / 1e6));
    const someDelay = fc.integer({ min: 0, max: 86_400_000_000 }).map((micros) => fixed(micros / 1e3));
    const someRule = fc.oneof(
      fc.constantFrom<SpeculativeRetry>({ kind: 'none' }, { kind: 'always' }, defaultSpeculativeRetry),
      somePercentile,
      someDelay,
      fc
        .tuple(fc.constantFrom('min' as const, 'max' as const), somePercentile, someDelay, fc.boolean())
        .map(
          ([kind, one, other, swap]): SpeculativeRetry =>
            swap ? { kind, first: other, second: one } : { kind, first: one, second: other },
        ),
    );
    fc.assert(
      fc.property(someRule, (rule) => {
        expect(parseSpeculativeRetry(formatSpeculativeRetry(rule))).toEqual(rule);
      }),
      { numRuns: propertyRuns(300) },
    );
  });

  it('is written as Cassandra writes it', () => {
    expect(formatSpeculativeRetry(defaultSpeculativeRetry)).toBe('MIN(99p,15ms)');
  });
});
