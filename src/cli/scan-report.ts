import { printableText } from './printable-text.ts';
import type { ScanTask } from './scan-run.ts';
import type { SplitResult } from './scan-splits.ts';

/** Why the scan did not come to its end; undefined where it did, or was not to. */
export function stopText(results: readonly SplitResult[], tasks: readonly ScanTask[]): string | undefined {
  const reason = results.flatMap(({ result }) => (result.kind === 'stopped' ? [result.reason] : []))[0];
  if (reason === undefined) return undefined;
  const unfinished = results.filter(({ result }) => result.kind !== 'complete');
  const lines = [`the scan stopped: ${reason}`, ...unfinished.map(goOnText)];
  const rest = restOf(results, tasks);
  if (rest !== undefined) lines.push(`not begun: --start ${rest.start} --end ${rest.end}`);
  return lines.join('\n  ');
}

/** How a scan of one range that reached its limit goes on. */
export function limitText([first, ...others]: readonly SplitResult[]): string {
  const isOne = first !== undefined && others.length === 0 && first.task.split === undefined;
  return isOne && first.result.place.cursor !== undefined ? `${goOnText(first)}\n` : '';
}

function goOnText({ task, result: { place } }: SplitResult): string {
  const name = task.split === undefined ? '' : `${printableText(task.split)}: `;
  if (place.cursor === undefined) {
    const { range } = task.area;
    const area = range === undefined ? '' : ` with --split ${range.start},${range.end}`;
    return `${name}there is no cursor yet: begin again${area}${repeatedText(place.rowsAhead)}`;
  }
  return `${name}go on with --cursor ${printableText(place.cursor)}${repeatedText(place.rowsAhead)}`;
}

function repeatedText(rows: number): string {
  return rows === 0 ? '' : ` (rows behind it that are printed already: ${rows})`;
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
