import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dateText,
  daysFromText,
  timestampFromText,
  timestampText,
} from '../../../src/core/encoding/calendar-text.ts';
import { decimalFromText, decimalText } from '../../../src/core/encoding/decimal-text.ts';
import { floatText } from '../../../src/core/encoding/float-text.ts';
import { hexBytes, hexText } from '../../../src/core/encoding/hex-text.ts';
import { inetFromText, inetText } from '../../../src/core/encoding/inet-text.ts';

describe('floatText', () => {
  test('reads back as the same float', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Math.fround(JSON.parse(floatText(value))), value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  /** Significant digits of a JSON number. */
  const digitsOf = (text: string) =>
    text
      .replace(/e.*/, '')
      .replace(/[-.]/g, '')
      .replace(/^0+|0+$/g, '').length;
  const isShortest = (value: number) => {
    const digits = digitsOf(floatText(value));
    for (let fewer = 1; fewer < digits; fewer += 1) {
      const near = Number(value.toPrecision(fewer));
      const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - fewer + 1);
      for (const candidate of [near - step, near, near + step]) {
        if (Math.fround(Number(candidate.toPrecision(fewer))) === value) return false;
      }
    }
    return true;
  };

  test('is the shortest for every power of two, where floats change their distance', () => {
    const exponents = Array.from({ length: 277 }, (_, at) => at - 149);
    expect(exponents.filter((exponent) => !isShortest(2 ** exponent))).toEqual([]);
  });

  test('is the shortest for any float', () => {
    const values = fc.float({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0);
    fc.assert(
      fc.property(values, (value) => {
        expect(isShortest(value)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('decimalText', () => {
  /** As BigDecimal.toString of Java 17 prints them. */
  const printed: readonly [bigint, number, string][] = [
    [0n, 0, '0'],
    [0n, 6, '0.000000'],
    [0n, 7, '0E-7'],
    [0n, -1, '0E+1'],
    [123n, 0, '123'],
    [-123n, 0, '-123'],
    [123n, -1, '1.23E+3'],
    [123n, -3, '1.23E+5'],
    [123n, 1, '12.3'],
    [123n, 3, '0.123'],
    [123n, 5, '0.00123'],
    [123n, 10, '1.23E-8'],
    [-123n, 12, '-1.23E-10'],
    [1n, 2_147_483_647, '1E-2147483647'],
    [10n, -2_147_483_648, '1.0E+2147483649'],
  ];
  test.each(printed)('prints %s with scale %i as %s', (unscaled, scale, text) => {
    expect(decimalText({ unscaled, scale })).toBe(text);
  });

  test('is read back with digits and scale', () => {
    const scales = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), scales, (unscaled, scale) => {
        expect(decimalFromText(decimalText({ unscaled, scale }))).toEqual({ unscaled, scale });
      }),
    );
  });
});

describe('timestampText', () => {
  const inRange = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });

  test('agrees with ECMAScript on every instant it has, both ways', () => {
    fc.assert(
      fc.property(inRange, (ms) => {
        const expected = new Date(ms).toISOString();
        expect(timestampText(BigInt(ms))).toBe(expected);
        expect(timestampFromText(expected)).toBe(BigInt(ms));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('dateText', () => {
  test('agrees with ECMAScript on every day it has, both ways', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const expected = new Date(days * 86_400_000).toISOString().replace(/T.*/, '');
        expect(dateText(days)).toBe(expected);
        expect(daysFromText(expected)).toBe(days);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('inetText', () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  });
  const toBytes = (words: readonly number[]) =>
    Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));

  test('is the canonical form of any IPv6 address', () => {
    fc.assert(
      fc.property(
        groups.map(toBytes).filter((bytes) => bytes.subarray(0, 10).some((byte) => byte !== 0)),
        (bytes) => {
          const text = inetText(bytes);
          expect(`[${text}]`).toBe(new URL(`http://[${text}]`).hostname);
          expect(inetFromText(text)).toEqual(bytes);
        },
      ),
    );
  });

  test('is read as Node reads it', () => {
    const pieces = fc.array(fc.constantFrom(':', '::', '.', '0', '1', 'f', '255', '1.2.3.4', '00', 'ffff'), {
      maxLength: 17,
    });
    fc.assert(
      fc.property(
        pieces.map((parts) => parts.join('')),
        (text) => {
          expect(inetFromText(text)?.length ?? 0).toBe(
            [0, 4, 16][isIP(text) === 4 ? 1 : isIP(text) === 6 ? 2 : 0],
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('hexText', () => {
  test('agrees with Node, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hexText(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(hexBytes(hexText(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });
});
