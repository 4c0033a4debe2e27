import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../config/units.ts';

const longestMs = 3_600_000;

/** For commander: `10s` as milliseconds, up to an hour. */
export function parseDuration(text: string): number {
  const milliseconds = parseDurationMs(text);
  if (milliseconds === undefined || milliseconds < 1 || milliseconds > longestMs) {
    throw new InvalidArgumentError('A duration such as 500ms, 10s or 2m is expected, from 1ms to 1h.');
  }
  return milliseconds;
}

/** For commander: a whole number from 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^[0-9]{1,9}$/.test(text) || count < 1)
    throw new InvalidArgumentError('A whole number from 1 is expected.');
  return count;
}
