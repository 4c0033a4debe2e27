import type { CqlDecimal } from './cql-value.ts';
import { ValueFault } from './value-fault.ts';

/** Longer numbers are refused both ways: turning digits to bits and back takes more than linear time. */
export const maxDigits = 10_000;
/** The greatest power of two of `maxDigits` digits. */
const upperLimit = 1n << 33_219n;
const lowerLimit = -upperLimit;
/** A sign, a point and an exponent come on top of the digits. */
const maxLength = maxDigits + 20;

const minScale = -(2 ** 31);
const maxScale = 2 ** 31 - 1;
const pattern = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,11}))?$/;

/** Plain or scientific; undefined when it is neither, too long, or its scale does not fit 32 bits. `1.10` keeps its scale. */
export function decimalFromText(text: string): CqlDecimal | undefined {
  if (text.length > maxLength) return undefined;
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = parts[4] ?? '', , exponent = '0'] = parts;
  const scale = fraction.length - Number(exponent);
  if (scale < minScale || scale > maxScale) return undefined;
  const magnitude = BigInt(whole + fraction);
  return { unscaled: sign === '-' ? -magnitude : magnitude, scale };
}

/**
 * As Java's BigDecimal prints itself, so that digits and scale can be read back: scientific where the scale
 * is negative or the exponent is below -6, plain otherwise. Its length follows the digits, never the exponent.
 */
export function decimalText(value: CqlDecimal): string {
  const digits = wholeNumberText(value.unscaled, 'decimal');
  const { scale } = value;
  if (scale === 0) return digits;
  const negative = digits.charCodeAt(0) === 0x2d;
  const coefficient = negative ? digits.slice(1) : digits;
  const sign = negative ? '-' : '';
  const exponent = coefficient.length - 1 - scale;
  if (scale < 0 || exponent < -6) {
    const point = coefficient.length > 1 ? `${coefficient[0]}.${coefficient.slice(1)}` : coefficient;
    return `${sign}${point}E${exponent > 0 ? '+' : ''}${exponent}`;
  }
  const wholeDigits = coefficient.length - scale;
  if (wholeDigits > 0) return `${sign}${coefficient.slice(0, wholeDigits)}.${coefficient.slice(wholeDigits)}`;
  return `${sign}0.${'0'.repeat(-wholeDigits)}${coefficient}`;
}

/** Throws a `ValueFault` for a number of more than `maxDigits` digits. */
export function wholeNumberText(value: bigint, type: string): string {
  if (value >= upperLimit || value <= lowerLimit) {
    throw new ValueFault(`a ${type} of more than ${maxDigits} digits has no JSON form here`);
  }
  return value.toString();
}
