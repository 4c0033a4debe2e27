/**
 * The reference pages as they should be: what the code knows is put between their markers, everything else is
 * as written. Run by itself it rewrites the pages.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runLoadTest } from '../../loadtest/command-line.ts';
import { runLauncher } from '../../topology/launcher/command-line.ts';
import { projectRoot, readProjectFile } from './project-files.ts';
import { replaceDerivedParts } from './reference/derived-parts.ts';
import { bucketsTable, metricsTable } from './reference/metrics-tables.ts';
import {
  adminProblemSections,
  keyProblemSections,
  problemTable,
  replicaErrorTable,
  requestProblemSections,
} from './reference/problem-table.ts';
import { boundsTable, settingsTable } from './reference/settings-table.ts';
import { verbSections } from './reference/verb-sections.ts';
import { runCli } from './run-cli.ts';

type DerivePart = () => string | Promise<string>;

/** By page, then by the name in the markers. */
export const derivedParts: Readonly<Record<string, Readonly<Record<string, DerivePart>>>> = {
  'docs/reference/http.md': { bounds: boundsTable },
  'docs/reference/errors.md': {
    problems: problemTable,
    'request-problems': requestProblemSections,
    'admin-problems': adminProblemSections,
    'key-problems': keyProblemSections,
    'replica-errors': replicaErrorTable,
  },
  'docs/reference/configuration.md': { settings: settingsTable },
  'docs/reference/metrics.md': { metrics: metricsTable, buckets: bucketsTable },
  'docs/reference/command-line.md': {
    weir: () => verbSections(async (args) => (await runCli(args)).stdout),
    cluster: () =>
      verbSections(
        (args) => printed((print) => runLauncher(args, { print, talk: () => {} })),
        (usage) => usage.replace('cluster', 'npm run cluster --'),
      ),
    bench: () =>
      verbSections(
        (args) => printed((print) => runLoadTest(args, { print, report: () => {} })),
        (usage) => usage.replace('loadtest bench', 'npm run bench --'),
      ),
  },
};

/** The page with its derived parts as the code has them now. */
export async function derivePage(page: string): Promise<string> {
  const parts: Record<string, string> = {};
  for (const [name, derive] of Object.entries(derivedParts[page] ?? {})) parts[name] = await derive();
  return replaceDerivedParts(readProjectFile(page), parts);
}

async function printed(run: (print: (text: string) => void) => Promise<unknown>): Promise<string> {
  let text = '';
  await run((line) => {
    text += `${line}\n`;
  });
  return text;
}

if (import.meta.main) {
  for (const page of Object.keys(derivedParts)) {
    writeFileSync(path.join(projectRoot, page), await derivePage(page));
  }
}
