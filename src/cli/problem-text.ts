import type { HttpAnswer } from './http-call.ts';
import { printableText } from './printable-text.ts';

interface Problem {
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly errors?: unknown;
  readonly retryAfterMs?: unknown;
  readonly instance?: unknown;
}

const mostFaults = 20;

/**
 * A refusal as people read it: what, why, the places in the request, what to do by status, and the id that finds it
 * in the log. `columns` are those of the request, which a refusal tells by their place alone.
 */
export function problemText(
  { status, text }: HttpAnswer,
  hints: Readonly<Record<number, string>> = {},
  columns: readonly string[] = [],
): string {
  const problem = parseObject(text) as Problem | undefined;
  if (problem === undefined || typeof problem.title !== 'string') {
    return `the answer has the status ${status} and is none of Weir's; is this its address?`;
  }
  const detail = typeof problem.detail === 'string' ? `: ${problem.detail}` : '';
  const hint = hints[status] ?? standardHints[status];
  const instance = typeof problem.instance === 'string' ? [`request id ${problem.instance}`] : [];
  const lines = [
    `${status} ${problem.title}${detail}`,
    ...faultLines(problem.errors, columns),
    ...(hint === undefined ? [] : [hint]),
    ...(typeof problem.retryAfterMs === 'number' ? [`try again in ${problem.retryAfterMs} ms`] : []),
    ...instance,
  ];
  return lines.map(printableText).join('\n  ');
}

const standardHints: Readonly<Record<number, string>> = {
  421: 'the port takes only its own names; ask it by an address, or list the name in admin.allowedHosts',
};

function faultLines(errors: unknown, columns: readonly string[]): readonly string[] {
  if (!Array.isArray(errors)) return [];
  const lines = errors.slice(0, mostFaults).map((fault: unknown) => {
    const { pointer, detail } = Object(fault) as { pointer?: unknown; detail?: unknown };
    const column =
      columns[Number(/^(?:\/lookup)?\/columns\/(\d+)$/.exec(String(pointer))?.[1] ?? Number.NaN)];
    const place = column === undefined ? String(pointer ?? '') : `column ${column}:`;
    return `${place} ${String(detail ?? '')}`.trim();
  });
  return errors.length > mostFaults ? [...lines, `and ${errors.length - mostFaults} more`] : lines;
}

/** Undefined for anything but a JSON object. */
export function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
