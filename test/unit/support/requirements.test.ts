import { describe, expect, test } from 'vitest';
import { isRequired } from '../../support/requirements.ts';

describe('isRequired', () => {
  test.each<[string | undefined, boolean, string]>([
    [undefined, false, 'unset'],
    ['', false, 'empty'],
    ['cassandra', true, 'the one name'],
    ['redis, cassandra', true, 'one of a list, with a blank'],
    ['cassandra-latest', false, 'another name that begins the same'],
  ])('of WEIR_REQUIRE=%s is %s: %s', (value, expected) => {
    expect(isRequired('cassandra', value === undefined ? {} : { WEIR_REQUIRE: value })).toBe(expected);
  });
});
