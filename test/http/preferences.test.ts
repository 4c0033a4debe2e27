import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPreferences } from '../../src/http/preferences.ts';

describe('Prefer', () => {
  it.each([
    ['handling=strict', 'as written in the standard'],
    ['Handling = STRICT', 'names and words have no case, spaces around the sign'],
    ['handling="strict"', 'quoted'],
    ['handling="st\\rict"', 'quoted, with an escape'],
    ['handling=strict; level=high', 'with a parameter'],
    ['respond-async, handling=strict', 'after another'],
    ['x="a,handling=lenient", handling=strict', 'after a quoted comma'],
    ['x="\\",", handling=strict', 'after a quoted quote'],
    ['handling=strict, handling=lenient', 'the first of two counts'],
    ['=, ;, handling=strict', 'after parts that are malformed'],
    ['\thandling=strict\t', 'between tabs'],
  ])('%s is strict: %s', (prefer) => {
    expect(readPreferences({ prefer }).handling).toBe('strict');
  });

  it.each([
    ['', 'empty'],
    ['handling', 'no value'],
    ['handling=', 'an empty value'],
    ['handling=harsh', 'a value that is not known'],
    ['handling=strict x', 'a malformed one'],
    ['handling, handling=strict', 'the first counts, and says nothing'],
    ['x="handling=strict', 'a quote that is never closed'],
    ['not-handling=strict', 'another name'],
  ])('%j says nothing of handling: %s', (prefer) => {
    expect(readPreferences({ prefer }).handling).toBeUndefined();
  });

  it('may come in several headers', () => {
    const prefer = ['wait=5', 'handling=strict'] as unknown as string;
    expect(readPreferences({ prefer })).toEqual({ handling: 'strict', waitSeconds: 5 });
  });

  it.each<[string, number | undefined]>([
    ['wait=10', 10],
    ['wait="10"', 10],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=1e3', undefined],
    ['wait=99999999999999', undefined],
  ])('%s waits %s seconds', (prefer, seconds) => {
    expect(readPreferences({ prefer }).waitSeconds).toBe(seconds);
  });

  it('is read whatever it is', () => {
    const text = fc.string({
      unit: fc.constantFrom('handling', '=', 'strict', '"', '\\', ',', ';', ' ', '\t', 'ü'),
    });
    fc.assert(
      fc.property(text, (prefer) => {
        expect([undefined, 'strict']).toContain(readPreferences({ prefer }).handling);
      }),
    );
  });

  it('finds a preference whatever stands before it', () => {
    const quoted = fc.string().map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`);
    const other = fc
      .tuple(fc.constantFrom('a', 'b-c', 'respond-async'), quoted)
      .map((pair) => pair.join('='));
    fc.assert(
      fc.property(fc.array(other), (others) => {
        expect(readPreferences({ prefer: [...others, 'handling=strict'].join(', ') }).handling).toBe(
          'strict',
        );
      }),
    );
  });
});
