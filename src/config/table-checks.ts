import { parseSpeculativeRetry, speculativeRetryForms } from '../core/speculation/speculative-retry.ts';
import { nearestName } from './nearest-name.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';
import { isWithin, parseDurationMs, parseSizeBytes } from './units.ts';

type WrittenTable = NonNullable<Settings['tables']>[string];

const longestMs = 86_400_000;
const mebibyte = 1_048_576;

/** Rules of tables, and of applications where they have settings of their own for them. */
export function checkTables(settings: Settings, report: Report): void {
  for (const [name, table] of Object.entries(settings.tables ?? {})) {
    const { consistency, cache, speculativeRetry, hedgeBudget } = table;
    const path = ['tables', name];
    if (!consistency.allowed.includes(consistency.default)) {
      const why = `allowed has ${consistency.allowed.join(', ')}`;
      report([...path, 'consistency', 'default'], 'is not allowed', why);
    }
    if (cache !== undefined) checkTableCache(cache, [...path, 'cache'], report);
    if (isAlways(speculativeRetry, [...path, 'speculativeRetry'], report) && hedgeBudget !== 1) {
      const why = `it sends each message twice, and tables.${name}.hedgeBudget is ${hedgeBudget}; ALWAYS takes 1`;
      report([...path, 'speculativeRetry'], 'is more than the budget', why);
    }
  }
  checkApplications(settings, report);
}

export function checkCache({ size, warmUp }: Settings['cache'], report: Report): void {
  if (!isWithin(parseSizeBytes(size), mebibyte, 65_536 * mebibyte)) {
    report(['cache', 'size'], 'is out of range', 'from 1MiB to 64GiB, in whole bytes');
  }
  if (!isWithin(parseDurationMs(warmUp.duration), 0, 3_600_000)) {
    report(['cache', 'warmUp', 'duration'], 'is out of range', 'from 0s to 1h');
  }
}

function checkTableCache(
  { ttl, missingTtl, staleIfError }: NonNullable<WrittenTable['cache']>,
  path: readonly string[],
  report: Report,
): void {
  if (!isWithin(parseDurationMs(ttl), 1, longestMs)) {
    report([...path, 'ttl'], 'is out of range', 'from 1ms to 24h; without cache nothing is kept');
  }
  if (!isWithin(parseDurationMs(missingTtl), 0, longestMs)) {
    report([...path, 'missingTtl'], 'is out of range', 'from 0s to 24h');
  }
  if (!isWithin(parseDurationMs(staleIfError), 0, longestMs)) {
    report([...path, 'staleIfError'], 'is out of range', 'from 0s to 24h');
  }
}

function checkApplications({ applications, tables }: Settings, report: Report): void {
  const budgets = new Map(Object.entries(tables ?? {}).map(([name, { hedgeBudget }]) => [name, hedgeBudget]));
  for (const [name, { speculativeRetry, tables: granted }] of Object.entries(applications)) {
    const path = ['applications', name, 'speculativeRetry'];
    if (speculativeRetry === undefined || !isAlways(speculativeRetry, path, report)) continue;
    const short = Object.keys(granted).find((table) => budgets.get(table) !== 1);
    if (short === undefined) continue;
    const why = `it sends each message twice; ALWAYS takes a hedgeBudget of 1 in tables.${short} too`;
    report(path, 'is more than the budget', why);
  }
}

/** Reports text that is no rule. */
function isAlways(text: string, path: readonly string[], report: Report): boolean {
  const rule = parseSpeculativeRetry(text);
  if (rule === undefined) {
    const nearest = nearestName(text, ['NONE', 'ALWAYS', 'MIN(99p,15ms)', 'MAX(99p,15ms)']);
    report(path, 'is no rule of speculative retry', `known are ${speculativeRetryForms}`, nearest);
  }
  return rule?.kind === 'always';
}
