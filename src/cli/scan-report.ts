import { printableText } from './printable-text.ts';
import type { ScanTask } from './scan-run.ts';
import type { SplitResult } from './scan-splits.ts';

/** Why the scan did not come to its end, and how it goes on; undefined where it did, or was not to. */
export function stopText(
  results: readonly SplitResult[],
  tasks: readonly ScanTask[],
  isInterrupted: boolean,
): string | undefined {
  const [reason] = results.flatMap(({ result }) => (result.kind === 'stopped' ? [result.reason] : []));
  const unfinished = results.filter(({ result }) => result.kind !== 'complete');
  if (reason === undefined && !(isInterrupted && unfinished.length > 0)) return undefined;
  const first = reason === undefined ? 'the scan was interrupted' : `the scan stopped: ${reason}`;
  const lines = [first, ...unfinished.flatMap(goOnText)];
  const rest = restOf(results, tasks);
  if (rest !== undefined) lines.push(`not begun: --start ${rest.start} --end ${rest.end}`);
  return lines.join('\n  ');
}

/** How a scan of one range that reached its limit goes on. */
export function limitText([first, ...others]: readonly SplitResult[]): string {
  const isOne = first !== undefined && others.length === 0 && first.task.split === undefined;
  if (!isOne || first.result.place.cursor === undefined) return '';
  return goOnText(first)
    .map((line) => `${line}\n`)
    .join('');
}

/** Nothing where the scan never came beyond the cursor that it was given, which is known. */
function goOnText({ task, result }: SplitResult): readonly string[] {
  const { place } = result;
  const name = task.split === undefined ? '' : `${printableText(task.split)}: `;
  const hasMoved = place.cursor !== task.cursor || place.printed > 0;
  if (!hasMoved && task.cursor !== undefined) return [];
  if (place.cursor === undefined) {
    return [`${name}there is no cursor yet: begin again${beginning(task)}${repeatedText(place.rowsAhead)}`];
  }
  if (result.kind === 'stopped' && result.isCursorRefused) {
    return [`${name}its cursor was refused: begin again${beginning(task)}${repeatedText(place.printed)}`];
  }
  return [`${name}go on with --cursor ${printableText(place.cursor)}${repeatedText(place.rowsAhead)}`];
}

function beginning({ area: { range }, cursor }: ScanTask): string {
  if (cursor !== undefined) return ` with --cursor ${printableText(cursor)}`;
  return range === undefined ? '' : ` with --split ${range.start},${range.end}`;
}

function repeatedText(rows: number): string {
  return rows === 0 ? '' : `, and leave out its first rows, which are printed already: ${rows}`;
}

/** The ranges behind those that were begun are one. */
function restOf(
  { length }: readonly SplitResult[],
  tasks: readonly ScanTask[],
): { start: string; end: string } | undefined {
  const start = tasks[length]?.area.range?.start;
  const end = tasks.at(-1)?.area.range?.end;
  return start === undefined || end === undefined ? undefined : { start, end };
}
