import type { FileContents } from './file-contents.ts';
import { classNames } from './limit-config.ts';
import { nearestName } from './nearest-name.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';
import { isWithin, parseDurationMs } from './units.ts';

const longestScanMs = 86_400_000;
const longestSettleMs = 60_000;
/** Of the text: less could be guessed. */
const leastKeyLength = 32;

/** Rules of what is for batch jobs: the guard, scans, writes. */
export function checkJobs(settings: Settings, report: Report): void {
  checkGuard(settings, report);
  if (!isWithin(parseDurationMs(settings.scans.maxDuration), 1_000, longestScanMs)) {
    report(['scans', 'maxDuration'], 'is out of range', 'from 1s to 24h');
  }
  for (const [name, { settle }] of Object.entries(settings.tables ?? {})) {
    if (isWithin(parseDurationMs(settle), 0, longestSettleMs)) continue;
    report(['tables', name, 'settle'], 'is out of range', 'from 0s to 60s');
  }
}

function checkGuard(settings: Settings, report: Report): void {
  const { guard, bounds } = settings;
  if (guard === undefined) return;
  const targetMs = parseDurationMs(guard.target);
  const timeoutMs = parseDurationMs(bounds.timeout);
  if (!isWithin(targetMs, 1, 60_000)) {
    report(['guard', 'target'], 'is out of range', 'from 1ms to 60s');
  } else if (timeoutMs !== undefined && !isWithin(targetMs, 1, timeoutMs - 1)) {
    const why = `no look-up takes longer than ${bounds.timeout}, and nobody would ever be slowed`;
    report(['guard', 'target'], 'is not below bounds.timeout', why);
  }
  const known = classNames(settings);
  for (const list of ['protects', 'slows'] as const) {
    for (const [index, name] of guard[list].entries()) {
      if (known.includes(name)) continue;
      const why = `known are ${known.join(', ')}`;
      report(['guard', list, String(index)], 'is no class', why, nearestName(name, known));
    }
  }
  const both = guard.protects.find((name) => guard.slows.includes(name));
  if (both !== undefined) {
    report(['guard', 'slows'], `has ${both}, which is protected`, 'a class is either protected or slowed');
  }
}

/** Reports keys of cursors that could be guessed, or stand there twice. */
export function checkCursorKeys(settings: Settings, contents: FileContents, report: Report): void {
  const seen = new Set<string>();
  for (const index of (settings.cursorKeyFiles ?? []).keys()) {
    const path = ['cursorKeyFiles', String(index)];
    const key = contents.get(path.join('.'));
    if (key === undefined) continue;
    if (key.length < leastKeyLength) {
      const why = `it takes ${leastKeyLength} characters at least, as \`openssl rand -hex 32\` writes them`;
      report(path, 'holds too short a key', why);
    }
    if (seen.has(key)) report(path, 'holds the key of another file', 'two are for a rotation');
    seen.add(key);
  }
}
