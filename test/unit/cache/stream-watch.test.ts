import { describe, expect, it } from 'vitest';
import { createStreamWatch } from '../../../src/core/cache/stream-watch.ts';

const at = (sequence: number, epoch = 'e') => ({ id: `${epoch}-${sequence}`, sequence, epoch });

function watchFrom(sequence: number) {
  const watch = createStreamWatch();
  watch.begin(at(sequence));
  return watch;
}

describe('what is read', () => {
  it.each([
    ['the next one', at(8), true],
    ['one further: one is missing', at(9), false],
    ['the same number again: the stream had lost it', at(7), false],
    ['a smaller number', at(3), false],
    ['the next number of another beginning', at(8, 'f'), false],
  ])('follows on what was read before only if it is %s', (_, next, follows) => {
    const watch = watchFrom(7);
    expect(watch.take(next)).toBe(follows);
    expect(watch.position()).toEqual(next);
    expect(watch.take(at(next.sequence + 1, next.epoch))).toBe(true);
  });

  it('is nowhere before the beginning and after a loss', () => {
    const watch = createStreamWatch();
    expect(watch.position()).toBeUndefined();
    watch.begin(at(1));
    watch.forget();
    expect(watch.position()).toBeUndefined();
  });
});

describe('what a pulse tells', () => {
  it.each([
    ['the state that is known', at(7), true],
    ['more than was read: it is under way', at(9), true],
    ['less than was read: that is lost', at(6), false],
    ['another beginning', at(7, 'f'), false],
    ['no beginning at all', { sequence: 0, epoch: '' }, false],
  ])('is judged: %s', (_, state, holds) => {
    const watch = watchFrom(7);
    expect(watch.notice(at(7))).toBe(true);
    expect(watch.notice(state)).toBe(holds);
  });

  it('may be behind by what was read while it was under way, and not by what was read before', () => {
    const watch = watchFrom(7);
    watch.notice(at(7));
    watch.take(at(8));
    expect(watch.notice(at(7))).toBe(true);
    expect(watch.notice(at(7))).toBe(false);
  });

  it('judges nothing by what was before a new beginning', () => {
    const watch = watchFrom(7);
    watch.notice(at(7));
    watch.begin(at(0, 'f'));
    expect(watch.notice(at(7))).toBe(true);
    expect(watch.notice(at(0, 'f'))).toBe(true);
    watch.take(at(1, 'g'));
    expect(watch.notice(at(1, 'g'))).toBe(true);
  });
});

describe('a read that finds nothing', () => {
  it('is no loss where nothing was told of', () => {
    const watch = watchFrom(7);
    watch.notice(at(7));
    expect(watch.owed()).toBeUndefined();
    expect(watch.foundNothing(watch.owed())).toBe(true);
  });

  it('is no loss where it began before more was told of', () => {
    const watch = watchFrom(7);
    const owed = watch.owed();
    watch.notice(at(8));
    expect(watch.foundNothing(owed)).toBe(true);
  });

  it('is one where more was told of before it began', () => {
    const watch = watchFrom(7);
    watch.notice(at(8));
    const owed = watch.owed();
    watch.notice(at(9));
    expect(watch.foundNothing(owed)).toBe(false);
  });

  it('is none of another beginning, which the next pulse judges', () => {
    const watch = watchFrom(7);
    watch.notice(at(8, 'f'));
    expect(watch.owed()).toBeUndefined();
  });
});
