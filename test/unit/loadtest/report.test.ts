import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isReached, markdownTable, type Target, targetTable, writeResult } from '../../../loadtest/report.ts';

describe('a Markdown table', () => {
  it('aligns text left and numbers right, with the digits asked for', () => {
    const table = markdownTable<readonly [string, number]>(
      [
        { title: 'way', value: ([name]) => name },
        { title: 'CPU ms', value: ([, cpu]) => cpu, digits: 1 },
      ],
      [
        ['weir', 9.46],
        ['single reads', 120],
      ],
    );
    expect(table.split('\n')).toEqual([
      '| way          | CPU ms |',
      '| ------------ | -----: |',
      '| weir         |    9.5 |',
      '| single reads |  120.0 |',
    ]);
  });

  it.each<[string | number | undefined, string, string]>([
    [undefined, '-', 'nothing was measured'],
    [Number.NaN, '-', 'nothing to divide by'],
    ['a|b', 'a\\|b', 'a bar would end the cell'],
  ])('shows %s as %s: %s', (value, shown) => {
    const table = markdownTable([{ title: 'x', value: () => value }], [undefined]);
    expect(
      table
        .split('\n')
        .at(-1)
        ?.replaceAll(/^\| *| *\|$/g, ''),
    ).toBe(shown);
  });

  it('has only its head when there are no rows', () => {
    expect(markdownTable([{ title: 'way', value: () => '' }], [])).toBe('| way |\n| --- |');
  });
});

describe('a target', () => {
  const target = (change: Partial<Target>): Target => ({
    name: 'ratio',
    measured: 0.5,
    bound: 0.5,
    kind: 'at most',
    digits: 2,
    ...change,
  });

  it.each<[Partial<Target>, boolean, string]>([
    [{ kind: 'at most' }, true, 'the bound itself is allowed'],
    [{ kind: 'at most', measured: 0.51 }, false, 'more is not'],
    [{ kind: 'at least' }, true, 'the bound itself is enough'],
    [{ kind: 'at least', measured: 0.49 }, false, 'less is not'],
    [{ kind: 'below' }, false, 'equal is not below'],
    [{ kind: 'below', measured: 0.49 }, true, 'less is below'],
    [{ kind: 'at most', measured: Number.NaN }, false, 'what was not measured is not reached'],
    [{ kind: 'at least', measured: Number.NaN }, false, 'what was not measured is not reached'],
    [{ kind: 'below', bound: Number.NaN }, false, 'there is nothing to be below of'],
  ])('with %j is reached: %s (%s)', (change, expected) => {
    expect(isReached(target(change))).toBe(expected);
  });

  it('says by how much it was missed', () => {
    const table = targetTable([target({ measured: 0.6 }), target({})]);
    expect(table).toMatch(/ratio +\| at most 0\.50 +\| 0\.60 +\| missed by 20 % +\|/);
    expect(table).toMatch(/\| 0\.50 +\| reached +\|/);
  });
});

describe('a result', () => {
  it('is written with when and on what it was measured', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-report-'));
    try {
      const path = writeResult('lookups', { rounds: [1] }, join(directory, 'results'));
      expect(path).toMatch(/results\/lookups-[\dTZ-]+\.json$/);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
        measuredAt: expect.stringMatching(/^\d{4}-.*Z$/),
        machine: { cores: expect.any(Number), node: process.version },
        rounds: [1],
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
