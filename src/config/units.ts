/** Durations and sizes as people write them: a number and its unit, no space, no bare numbers. */

const durationUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const sizeUnitsBytes: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** At most nine digits before the point: every accepted duration and size is then an exact number. */
export const durationPattern = '^[0-9]{1,9}(\\.[0-9]{1,6})?(ms|s|m|h)$';
export const sizePattern = '^[0-9]{1,9}(\\.[0-9]{1,6})?(B|KiB|MiB|GiB)$';

/** Milliseconds of `125ms`, `2s`, `1.5m`, `1h`; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  return parse(text, durationPattern, durationUnitsMs);
}

/** Whole bytes of `512B`, `64KiB`, `1.5MiB`, `1GiB`; undefined for anything else, for a part of a byte, and for more than can be counted exactly. */
export function parseSizeBytes(text: string): number | undefined {
  const bytes = parse(text, sizePattern, sizeUnitsBytes);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Whether a unit was read, and lies in the range. */
export function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

function parse(text: string, pattern: string, units: Readonly<Record<string, number>>): number | undefined {
  if (!new RegExp(pattern).test(text)) return undefined;
  const unit = text.replace(/^[0-9.]+/, '');
  const factor = units[unit];
  return factor === undefined ? undefined : Number(text.slice(0, -unit.length)) * factor;
}
