import { describe, expect, it, test } from 'vitest';
import {
  addCounts,
  closingLine,
  countTests,
  parseReport,
  type TestReport,
} from '../../support/test-report.ts';

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failing = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] };
const broken = { status: 'failed', assertionResults: [] };
const report = (change: Partial<TestReport> = {}): TestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [passing],
  ...change,
});

describe('countTests', () => {
  test.each<[string, TestReport, number, ReturnType<typeof countTests>]>([
    ['all passed', report(), 0, { passed: 3, failed: 0, skipped: 0 }],
    [
      'failed tests',
      report({ numFailedTests: 1, testResults: [failing] }),
      1,
      { passed: 3, failed: 1, skipped: 0 },
    ],
    [
      'a file that fails before its tests',
      report({ testResults: [passing, broken] }),
      1,
      { passed: 3, failed: 1, skipped: 0 },
    ],
    ['an error outside all tests', report(), 1, { passed: 3, failed: 1, skipped: 0 }],
    [
      'skipped and planned tests',
      report({ numPendingTests: 2, numTodoTests: 1 }),
      0,
      { passed: 3, failed: 0, skipped: 3 },
    ],
  ])('counts %s', (_, counted, exitCode, counts) => {
    expect(countTests(counted, exitCode)).toEqual(counts);
  });
});

describe('parseReport', () => {
  it('reads a report', () => {
    expect(parseReport(JSON.stringify(report()))).toEqual(report());
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"numPassedTests":1}',
    JSON.stringify({ ...report(), testResults: 1 }),
  ])('throws on %j', (text) => {
    expect(() => parseReport(text)).toThrow();
  });
});

describe('closingLine', () => {
  it('tells passed and failed tests', () => {
    expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  });

  it('tells skipped ones when there are any', () => {
    const counts = addCounts({ passed: 1, failed: 2, skipped: 3 }, { passed: 4, failed: 5, skipped: 6 });
    expect(closingLine(counts)).toBe('5 passed, 7 failed, 9 skipped');
  });
});
