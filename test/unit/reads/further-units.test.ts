import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { furtherUnits } from '../../../src/core/reads/further-units.ts';

const rows = (count: number, row = '{}'): string[] => Array.from({ length: count }, () => row);
const kibibytes = 1_024;

describe('units beyond the first', () => {
  it.each([
    [rows(0), 0, 'nothing was read'],
    [rows(1), 0, 'the first unit pays for it'],
    [rows(100), 0, 'and for a hundred'],
    [rows(101), 1, 'a further hundred has begun'],
    [rows(200), 1, 'and is full'],
    [rows(201), 2, 'one more'],
    [rows(1_000), 9, 'as many as may be asked for'],
    [['x'.repeat(64 * kibibytes)], 0, 'the first unit pays for so many bytes'],
    [['x'.repeat(64 * kibibytes + 1)], 1, 'and for no more'],
    [['x'.repeat(300 * kibibytes)], 4, 'one large row'],
    [rows(2, 'x'.repeat(33 * kibibytes)), 1, 'rows count together'],
    [['ä'.repeat(32 * kibibytes)], 0, 'bytes, not characters: just as many'],
    [['ä'.repeat(32 * kibibytes + 1)], 1, 'bytes, not characters: two more'],
    [['語'.repeat(22 * kibibytes)], 1, 'three bytes each'],
    [rows(250, 'x'.repeat(kibibytes)), 3, 'whichever are more: 250 KiB are four units, 250 rows three'],
    [rows(350, 'x'), 3, 'whichever are more: rows here'],
  ])('of rows %# are %i: %s', (given, expected, _why) => {
    expect(furtherUnits(given as string[], nodeText)).toBe(expected);
  });
});
