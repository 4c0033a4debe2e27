/** Of vitest's JSON report, what the closing line needs. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly TestFileResult[];
}

interface TestFileResult {
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Throws when the text is not a report. */
export function parseReport(text: string): TestReport {
  const report: unknown = JSON.parse(text);
  if (typeof report !== 'object' || report === null) throw new Error('a test report is an object');
  for (const field of ['numPassedTests', 'numFailedTests', 'numPendingTests', 'numTodoTests'] as const) {
    if (!Number.isInteger(Reflect.get(report, field))) throw new Error(`a test report has a number ${field}`);
  }
  if (!Array.isArray(Reflect.get(report, 'testResults'))) throw new Error('a test report lists its files');
  return report as TestReport;
}

/**
 * A file that fails outside its tests (an import, a hook) counts as one failure; so does a run that fails with no
 * failed test at all, as after an unhandled error. Nothing that failed may end in a line without failures.
 */
export function countTests(report: TestReport, exitCode: number): TestCounts {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function closingLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
