import { describe, expect, test } from 'vitest';
import { hasBackslashName } from '../../../src/core/encoding/backslash-name.ts';

describe('hasBackslashName', () => {
  test.each([
    ['{"\\\\":1}', 'bare'],
    ['{"a":1,"\\\\" : 2}', 'behind others, with a space'],
    ['{"\\u005c":1}', 'by its number'],
    ['{"\\u005C":1}', 'in either case'],
    ['{"a\\\\":{"\\\\":1}}', 'within, behind a name that ends in one'],
  ])('finds %s: %s', (text) => {
    expect(hasBackslashName(text)).toBe(true);
  });

  test.each([
    ['{"\\"":1}', 'a quote'],
    ['{"\\\\n":1}', 'two characters'],
    ['{"a\\\\":1}', 'at the end of another'],
    ['{"a":"\\\\"}', 'a value'],
    ['["\\\\"]', 'an element'],
    ['{"a":"\\"\\\\\\":1"}', 'within a string'],
  ])('passes over %s: %s', (text) => {
    expect(hasBackslashName(text)).toBe(false);
  });
});
