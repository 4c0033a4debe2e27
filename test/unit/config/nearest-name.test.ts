import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/config/nearest-name.ts';

const known = ['data', 'cassandra', 'contactPoints', 'maxKeysPerGroup', 'passwordFile', 'LOCAL_ONE'];

describe('the nearest name', () => {
  it.each([
    ['dta', 'data', 'a letter left out'],
    ['cassadnra', 'cassandra', 'two letters swapped'],
    ['contactpoints', 'contactPoints', 'case'],
    ['password', 'passwordFile', 'the beginning of one'],
    ['local_one', 'LOCAL_ONE', 'case again'],
  ])('of %s is %s: %s', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  it('is nothing where nothing is near', () => {
    expect(nearestName('speculation', known)).toBeUndefined();
  });

  it('is the name itself where it is known, and always one of the known', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.array(fc.string({ minLength: 1 })), (name, names) => {
        const nearest = nearestName(name, names);
        expect(nearest === undefined || names.includes(nearest)).toBe(true);
        if (name !== '' && name.length <= 100) expect(nearestName(name, [name])).toBe(name);
      }),
    );
  });
});
