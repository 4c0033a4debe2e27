/** Durations as Cassandra writes them, and the forms that its literals take (`org.apache.cassandra.cql3.Duration`). */
import type { CqlDuration } from './cql-value.ts';

const hourNs = 3_600_000_000_000n;
const minuteNs = 60_000_000_000n;
const secondNs = 1_000_000_000n;

const clockUnits: readonly (readonly [unit: string, ns: bigint])[] = [
  ['h', hourNs],
  ['m', minuteNs],
  ['s', secondNs],
  ['ms', 1_000_000n],
  ['us', 1_000n],
  ['ns', 1n],
];

/** `1y2mo3d4h5m6s7ms8us9ns`, parts that are zero left out, a sign in front of all. No time at all is `0s`; Cassandra writes nothing then. */
export function durationText({ months, days, nanoseconds }: CqlDuration): string {
  const sign = months < 0 || days < 0 || nanoseconds < 0n ? '-' : '';
  const allMonths = Math.abs(months);
  let text = part(Math.floor(allMonths / 12), 'y') + part(allMonths % 12, 'mo') + part(Math.abs(days), 'd');
  let rest = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  for (const [unit, ns] of clockUnits) {
    text += part(rest / ns, unit);
    rest %= ns;
  }
  return text === '' ? '0s' : sign + text;
}

function part(count: number | bigint, unit: string): string {
  return count > 0 ? `${count}${unit}` : '';
}

const maxLength = 120;
const digits = (unit: string): string => `(?:(\\d+)${unit})?`;
/** Each unit at most once, the greater first. */
const unitPattern = new RegExp(
  `^(-)?${['y', 'mo', 'w', 'd', 'h', 'm', 's', 'ms', '[uµ]s', 'ns'].map(digits).join('')}$`,
  'i',
);
const isoPattern = new RegExp(
  `^(-)?P(?=.)${digits('Y')}${digits('M')}()${digits('D')}(?:T(?=.)${digits('H')}${digits('M')}${digits('S')})?$`,
);
const isoWeekPattern = /^(-)?P()()(\d+)W$/;
const isoAlternativePattern = /^(-)?P(\d{4})-(\d\d)-()(\d\d)T(\d\d):(\d\d):(\d\d)$/;

/**
 * Cassandra's own form, also with weeks, or ISO 8601: `P1Y2M3DT4H5M6S`, `P3W`, `P0001-02-03T04:05:06`. Undefined
 * when it is none of these, has no part at all, or a part does not fit its bits.
 */
export function durationFromText(text: string): CqlDuration | undefined {
  if (text.length > maxLength) return undefined;
  const parts =
    isoPattern.exec(text) ??
    isoWeekPattern.exec(text) ??
    isoAlternativePattern.exec(text) ??
    unitPattern.exec(text);
  if (parts === null) return undefined;
  const [, sign, ...counts] = parts;
  if (!counts.some((count) => count !== undefined && count !== '')) return undefined;
  const [years = 0n, months = 0n, weeks = 0n, days = 0n, ...clock] = counts.map((count) =>
    BigInt(count || '0'),
  );
  const ns = clockUnits.reduce((sum, [, unitNs], at) => sum + (clock[at] ?? 0n) * unitNs, 0n);
  return fitted(sign === '-' ? -1n : 1n, 12n * years + months, 7n * weeks + days, ns);
}

function fitted(sign: bigint, months: bigint, days: bigint, ns: bigint): CqlDuration | undefined {
  const fits =
    BigInt.asIntN(32, sign * months) === sign * months &&
    BigInt.asIntN(32, sign * days) === sign * days &&
    BigInt.asIntN(64, sign * ns) === sign * ns;
  // Through bigint, so that no number becomes -0.
  return fits
    ? { months: Number(sign * months), days: Number(sign * days), nanoseconds: sign * ns }
    : undefined;
}

/** Cassandra refuses parts of both signs, and what exceeds their bits. */
export function isDuration(value: unknown): value is CqlDuration {
  if (typeof value !== 'object' || value === null || !('nanoseconds' in value)) return false;
  const { months, days, nanoseconds } = value as CqlDuration;
  if ((months | 0) !== months || (days | 0) !== days) return false;
  if (typeof nanoseconds !== 'bigint' || BigInt.asIntN(64, nanoseconds) !== nanoseconds) return false;
  const below = months < 0 || days < 0 || nanoseconds < 0n;
  const above = months > 0 || days > 0 || nanoseconds > 0n;
  return !(below && above);
}
