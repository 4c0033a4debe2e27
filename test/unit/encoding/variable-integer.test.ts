import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ValueFault } from '../../../src/core/encoding/value-fault.ts';
import {
  readSignedVint,
  readUnsignedVint,
  signedVintBytes,
  unsignedVintBytes,
} from '../../../src/core/encoding/variable-integer.ts';

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('integers of variable length', () => {
  const golden: readonly [bigint, string, string][] = [
    [0n, '00', 'one byte'],
    [127n, '7f', 'the most of one byte'],
    [128n, '8080', 'a leading bit counts the further bytes'],
    [16_383n, 'bfff', 'the most of two'],
    [16_384n, 'c04000', 'three'],
    [2n ** 56n - 1n, 'feffffffffffffff', 'the most of eight'],
    [2n ** 56n, 'ff0100000000000000', 'nine have no bits left in the first'],
    [2n ** 64n - 1n, 'ffffffffffffffffff', 'the greatest'],
  ];
  test.each(golden)('writes %s as %s: %s', (value, hex) => {
    expect(hexOf(unsignedVintBytes(value))).toBe(hex);
    expect(readUnsignedVint(Buffer.from(hex, 'hex'), 0)).toEqual({ value, length: hex.length / 2 });
  });

  test.each([
    [0n, '00'],
    [-1n, '01'],
    [1n, '02'],
    [-(2n ** 63n), 'ffffffffffffffffff'],
  ])('writes the signed %s as %s', (value, hex) => {
    expect(hexOf(signedVintBytes(value))).toBe(hex);
  });

  test('come back from anywhere among other bytes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.uint8Array(), (value, before) => {
        const written = signedVintBytes(value);
        const bytes = Uint8Array.from([...before, ...written, 0]);
        expect(readSignedVint(bytes, before.length)).toEqual({ value, length: written.length });
      }),
    );
  });

  test.each(['', '80', 'ffffffffffffffff'])('are refused where the bytes %s end early', (hex) => {
    expect(() => readUnsignedVint(Buffer.from(hex, 'hex'), 0)).toThrow(ValueFault);
  });
});
