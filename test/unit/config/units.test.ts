import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDurationMs, parseSizeBytes } from '../../../src/config/units.ts';

describe('durations', () => {
  it.each([
    ['125ms', 125],
    ['2s', 2_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each([
    ['5', 'a bare number could be seconds as well as milliseconds'],
    ['5 s', 'one way to write it'],
    ['-1s', 'time does not go back'],
    ['1S', 'units are case-sensitive'],
    ['1us', 'nothing here is that fine'],
    ['.5s', 'a number begins with a digit'],
    ['1e3ms', 'no exponents'],
    ['9999999999s', 'beyond nine digits'],
    ['', 'nothing'],
  ])('refuses %j: %s', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});

describe('sizes', () => {
  it.each([
    ['512B', 512],
    ['64KiB', 65_536],
    ['1.5MiB', 1_572_864],
    ['1GiB', 1_073_741_824],
  ])('reads %s', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  it.each([
    ['1MB', 'decimal and binary units are easily taken for each other'],
    ['1mib', 'units are case-sensitive'],
    ['0.5B', 'there is no half of a byte'],
    ['1024', 'no unit'],
  ])('refuses %s: %s', (text) => {
    expect(parseSizeBytes(text)).toBeUndefined();
  });

  it('refuses a size beyond what can be counted exactly', () => {
    expect(parseSizeBytes('999999999GiB')).toBeUndefined();
  });

  it('never reads any text as something else than a whole number of bytes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.]{0,12}(B|KiB|MiB|GiB|s)?$/), (text) => {
        const bytes = parseSizeBytes(text);
        expect(bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0)).toBe(true);
      }),
    );
  });
});
