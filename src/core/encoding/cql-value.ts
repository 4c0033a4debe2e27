/**
 * A decoded CQL value, neutral of any driver.
 *
 * | type | value |
 * | --- | --- |
 * | ascii, text, inet | string (inet in its canonical text form: dotted IPv4, RFC 5952 IPv6) |
 * | tinyint, smallint, int, float, double | number (NaN and infinities included) |
 * | bigint, counter, varint | bigint |
 * | timestamp | bigint, ms since the epoch |
 * | time | bigint, ns since midnight |
 * | date | number, days since the epoch, may be negative |
 * | boolean | boolean |
 * | blob | bytes |
 * | uuid, timeuuid | string, lower-case with hyphens |
 * | decimal | `CqlDecimal` |
 * | duration | `CqlDuration` |
 * | list, set | array, in Cassandra's order |
 * | map | array of `[key, value]`, in Cassandra's order |
 * | tuple | array, as long as the type has elements; null where one is unset |
 * | vector | array of `dimension` elements |
 * | user-defined type | array aligned with the fields of the type; null where one is unset |
 * | any, unset | null |
 *
 * The type that a value was read with travels beside it, so the shapes need not tell types apart.
 */
export type CqlValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | CqlDecimal
  | CqlDuration
  | readonly CqlValue[]
  | CqlUnreadable;

/** `unscaled` x 10^-`scale`; 1.0 and 1.00 are two values, as two keys of Cassandra are. */
export interface CqlDecimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Months and days of 32 bits, nanoseconds of 64; none below zero where another is above. The three do not convert. */
export interface CqlDuration {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
}

/** A stored value that the driver could not decode (a timestamp beyond its range): an error of its row, never a guess. */
export interface CqlUnreadable {
  readonly unreadable: string;
}
