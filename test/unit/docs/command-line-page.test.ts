import { describe, expect, it } from 'vitest';
import { exitCodes as benchExitCodes } from '../../../loadtest/exit-codes.ts';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { tableRows } from '../../support/markdown.ts';
import { readProjectFile } from '../../support/project-files.ts';

describe('the page of the command line', () => {
  const rows = tableRows(readProjectFile('docs/reference/command-line.md'));

  it.each([
    ['weir', 1, exitCodes],
    ['npm run bench', 3, benchExitCodes],
  ])('has the exit codes of %s', (_, column, codes) => {
    const told = rows.filter((row) => row[column] !== '').map(([code]) => Number(code));
    expect(told).toEqual(Object.values(codes));
  });
});
