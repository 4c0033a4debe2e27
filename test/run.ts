/**
 * `npm test`: all projects, those without servers first. The last line on standard output is always
 * `N passed, N failed`, with `, N skipped` when some were. Arguments are passed on to vitest.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addCounts, closingLine, countTests, parseReport, type TestCounts } from './support/test-report.ts';
import { provideTestTools } from './support/test-tools.ts';

const root = resolve(import.meta.dirname, '..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const groups = [
  ['unit', 'contract', 'http'],
  ['redis', 'integration', 'e2e'],
] as const;
const none: TestCounts = { passed: 0, failed: 0, skipped: 0 };
const oneFailure: TestCounts = { ...none, failed: 1 };

const extraArguments = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'weir-test-'));
try {
  await provideTestTools(talk);
  let total = none;
  for (const projects of groups) total = addCounts(total, await runGroup(projects));
  const ran = total.passed + total.failed;
  if (ran === 0) talk('no test ran');
  process.exitCode = total.failed > 0 || ran === 0 ? 1 : 0;
  console.log(closingLine(total));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function runGroup(projects: readonly string[]): Promise<TestCounts> {
  const reportPath = join(directory, `${projects.join('-')}.json`);
  const exitCode = await runVitest([
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportPath}`,
    '--passWithNoTests',
    ...extraArguments,
  ]);
  let counts: TestCounts;
  try {
    counts = countTests(parseReport(readFileSync(reportPath, 'utf8')), exitCode);
  } catch (error) {
    talk(
      `${projects.join(', ')}: there is no report of the tests: ${error instanceof Error ? error.message : error}`,
    );
    return oneFailure;
  }
  const isEmpty = counts.passed + counts.failed + counts.skipped === 0;
  // Arguments may well choose no test of a group; without any, a group that saw nothing has lost its tests.
  if (!isEmpty || extraArguments.length > 0) return counts;
  talk(`${projects.join(', ')}: no test was found`);
  return oneFailure;
}

function runVitest(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function talk(line: string): void {
  console.error(`[test] ${line}`);
}
