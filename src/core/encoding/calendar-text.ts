/**
 * Dates and times of the proleptic Gregorian calendar as CQL stores them and as text carries them. Day
 * arithmetic after Howard Hinnant, "chrono-compatible low-level date algorithms" (public domain).
 */
import { ValueFault } from './value-fault.ts';

const dayMs = 86_400_000;
const dayNs = 86_400_000_000_000n;
/** 100 million days each way of the epoch: the range of ECMAScript's dates, which clients can parse. */
const maxTimestampMs = 8.64e15;
const minDays = -(2 ** 31);
const maxDays = 2 ** 31 - 1;

const two = Array.from({ length: 100 }, (_, number) => `${number}`.padStart(2, '0'));
const three = Array.from({ length: 1_000 }, (_, number) => `${number}`.padStart(3, '0'));

/** RFC 3339 in UTC with milliseconds. Throws a `ValueFault` beyond 100 million days of the epoch. */
export function timestampText(epochMs: bigint): string {
  const ms = Number(epochMs);
  if (ms < -maxTimestampMs || ms > maxTimestampMs) {
    throw new ValueFault('a timestamp of more than 100000000 days from the epoch has no JSON form');
  }
  const days = Math.floor(ms / dayMs);
  const ofDay = ms - days * dayMs;
  const seconds = quotient(ofDay, 1_000);
  return `${dateText(days)}T${clockText(seconds)}.${three[ofDay - 1_000 * seconds]}Z`;
}

/** `YYYY-MM-DD`; years beyond 0 to 9999 with a sign and at least six digits. */
export function dateText(epochDays: number): string {
  const shifted = epochDays + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = quotient(dayOfEra, 1_460) - quotient(dayOfEra, 36_524) + quotient(dayOfEra, 146_096);
  const yearOfEra = quotient(dayOfEra - leapDays, 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + quotient(yearOfEra, 4) - quotient(yearOfEra, 100));
  const shiftedMonth = quotient(5 * dayOfYear + 2, 153);
  const day = dayOfYear - quotient(153 * shiftedMonth + 2, 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${yearText(year)}-${two[month]}-${two[day]}`;
}

/** Of whole numbers below 2^31 that are not negative; the integer form is twice as fast as `Math.floor`, and this runs once a row. */
function quotient(dividend: number, divisor: number): number {
  return (dividend / divisor) | 0;
}

/** `HH:MM:SS.nnnnnnnnn` of nanoseconds since midnight. */
export function timeText(ns: bigint): string {
  const seconds = Number(ns / 1_000_000_000n);
  return `${clockText(seconds)}.${`${ns % 1_000_000_000n}`.padStart(9, '0')}`;
}

function yearText(year: number): string {
  if (year >= 1_000 && year <= 9_999) return `${year}`;
  if (year >= 0 && year <= 9_999) return `${year}`.padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${`${Math.abs(year)}`.padStart(6, '0')}`;
}

function clockText(seconds: number): string {
  const minutes = quotient(seconds, 60);
  const hours = quotient(minutes, 60);
  return `${two[hours]}:${two[minutes - 60 * hours]}:${two[seconds - 60 * minutes]}`;
}

const datePattern = /^(\d{4}|[+-]\d{6,7})-(\d\d)-(\d\d)$/;
const timePattern = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const timestampPattern =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)?$/;
const finerThanMs = /[1-9]/;

/** Days since the epoch; undefined when the text is no date or beyond 32 bits of days. */
export function daysFromText(text: string): number | undefined {
  const parts = datePattern.exec(text);
  if (parts === null) return undefined;
  const days = daysFromCivil(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  return days === undefined || days < minDays || days > maxDays ? undefined : days;
}

/** Nanoseconds since midnight; undefined when the text is no time of day. */
export function timeFromText(text: string): bigint | undefined {
  const parts = timePattern.exec(text);
  if (parts === null) return undefined;
  const seconds = secondsOfDay(parts[1], parts[2], parts[3]);
  if (seconds === undefined) return undefined;
  return BigInt(seconds) * 1_000_000_000n + BigInt((parts[4] ?? '').padEnd(9, '0'));
}

export function isTimeOfDay(ns: bigint): boolean {
  return ns >= 0n && ns < dayNs;
}

/**
 * Milliseconds since the epoch from RFC 3339 or from the forms of Cassandra's own literals: a space for
 * the `T`, seconds or the whole time left out, offsets as `+hh`, `+hhmm` or `+hh:mm`. Without an offset it is
 * UTC. Undefined when it is none of these, or finer than the milliseconds that a timestamp holds.
 */
export function timestampFromText(text: string): bigint | undefined {
  const parts = timestampPattern.exec(text);
  if (parts === null) return undefined;
  const days = daysFromCivil(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  const seconds = secondsOfDay(parts[4], parts[5], parts[6]);
  const offset = offsetSeconds(parts[8]);
  if (days === undefined || seconds === undefined || offset === undefined) return undefined;
  const fraction = parts[7] ?? '';
  if (finerThanMs.test(fraction.slice(3))) return undefined;
  const ms = days * dayMs + (seconds - offset) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return BigInt(ms);
}

function secondsOfDay(hours = '0', minutes = '0', seconds = '0'): number | undefined {
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
}

function offsetSeconds(offset: string | undefined): number | undefined {
  if (offset === undefined || offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -60 : 60) * (hours * 60 + minutes);
}

/** Undefined for a day that its month does not have. */
function daysFromCivil(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
