/**
 * The shortest decimal that reads back as the same 32-bit float. Six digits always survive a float, nine
 * always tell one; only denormal floats have fewer than six to give.
 */
export function floatText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return doubleText(value);
  const magnitude = Math.abs(value);
  if (magnitude < 2 ** 24 && Number.isInteger(value)) return `${value}`;
  const exception = exceptions.get(magnitude);
  if (exception !== undefined) return value < 0 ? `-${exception}` : exception;
  for (let digits = magnitude < smallestNormalFloat ? 1 : 6; digits < 9; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return `${candidate}`;
  }
  return `${Number(value.toPrecision(9))}`;
}

const smallestNormalFloat = 2 ** -126;

/**
 * Floats lie twice as dense below a power of two as above, so that its nearest decimal of some length can miss
 * it where the next one up still hits. Of all the powers these three are such.
 */
const exceptions: ReadonlyMap<number, string> = new Map([
  [2 ** -96, '1.2621775e-29'],
  [2 ** 87, '1.5474251e+26'],
  [2 ** 90, '1.2379401e+27'],
]);

/** JSON text: a number as JavaScript prints it, the signed zero as `-0.0`, and strings for what JSON has no number for. */
export function doubleText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0';
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}

/** Longer than the exact decimal form of any double. */
const maxLength = 1_200;
const pattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?$/;

/** `NaN`, `Infinity`, `-Infinity` or a number in plain or scientific form; undefined for anything else, and for what overflows. */
export function doubleFromText(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (text === 'Infinity') return Number.POSITIVE_INFINITY;
  if (text === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (text.length > maxLength || !pattern.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
