import type { AskedKey } from './look-up-arguments.ts';
import type { Colour, Paint } from './paint.ts';
import { printableText } from './printable-text.ts';
import { parseObject } from './problem-text.ts';
import { formatTextTable } from './text-table.ts';

/** An answer of the data port, as far as it is shown. */
export interface LookUpAnswer {
  readonly results: readonly Result[];
  readonly summary?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly unknown[];
  readonly meta?: unknown;
}

interface Result {
  readonly status: string;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly truncated?: boolean;
  readonly reason?: string;
  readonly error?: { readonly title?: string };
  readonly source?: string;
  readonly ageMs?: number;
}

/** Undefined for text that is none. */
export function lookUpAnswerFrom(text: string): LookUpAnswer | undefined {
  const answer = parseObject(text) as Partial<LookUpAnswer> | undefined;
  return Array.isArray(answer?.results) ? (answer as LookUpAnswer) : undefined;
}

const colours: Readonly<Record<string, Colour>> = { found: 'green', missing: 'dim', error: 'red' };

/** A line a row, and one for each key without rows. */
export function formatResults(
  asked: readonly AskedKey[],
  { results }: LookUpAnswer,
  debug: boolean,
  paint: Paint,
): string {
  const columns = [...new Set(results.flatMap(({ rows = [] }) => rows.flatMap((row) => Object.keys(row))))];
  const header = ['key', 'status', ...(debug ? ['source'] : []), ...columns.map(printableText)];
  const lines = results.flatMap((result, index) => {
    const key = printableText(asked[index]?.text ?? '');
    const colour = colours[result.status] ?? 'yellow';
    const source = debug
      ? [result.source === undefined ? '' : `${result.source} ${result.ageMs ?? 0} ms`]
      : [];
    const first = [key, paint(colour, statusOf(result)), ...source];
    const rows = result.rows ?? [];
    if (rows.length === 0) return [first];
    return rows.map((row, at) => [
      ...(at === 0 ? first : [key, '', ...source.map(() => '')]),
      ...columns.map((column) => (Object.hasOwn(row, column) ? cellOf(row[column]) : '')),
    ]);
  });
  return formatTextTable(header, lines, paint);
}

function statusOf({ status, reason, error, truncated }: Result): string {
  const more = reason ?? error?.title ?? (truncated === true ? 'there are more rows' : undefined);
  return printableText(more === undefined ? status : `${status}: ${more}`);
}

/** Text as it is, everything else as JSON. */
function cellOf(value: unknown): string {
  return printableText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

/** What became of all keys, for people. */
export function summaryText({ summary = {}, warnings = [], meta }: LookUpAnswer, debug: boolean): string {
  const counts = Object.entries(summary).map(([status, count]) => `${String(count)} ${status}`);
  const lines = [
    counts.join(', '),
    ...warnings.map((warning) => `warning: ${String(warning)}`),
    ...(debug && meta !== undefined ? [JSON.stringify(meta)] : []),
  ];
  return lines.map((line) => `${printableText(line)}\n`).join('');
}
