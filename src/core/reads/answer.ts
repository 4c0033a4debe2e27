import { type ProblemSlug, problems } from '../errors.ts';
import type { Text } from '../ports.ts';
import type { KeyOutcome, ReadReport } from './key-reader.ts';

export interface Summary {
  found: number;
  missing: number;
  error: number;
  unprocessed: number;
}

export interface EncodedAnswer {
  readonly status: number;
  readonly problem: ProblemSlug | undefined;
  readonly body: string;
  readonly summary: Readonly<Summary>;
}

/** Room for what stands around the rows of one key. */
const envelopeBytes = 128;

/**
 * Joins the ready pieces to the answer, in key order. Keys whose rows would carry the answer beyond
 * `answerBytes` become `unprocessed: size`. Where no key was found or missing, the answer is a problem
 * with the same members: the caller still learns what became of each key.
 */
export function encodeAnswer(
  outcomes: readonly KeyOutcome[],
  report: ReadReport,
  options: {
    readonly answerBytes: number;
    readonly debug: boolean;
    readonly text: Text;
    readonly warnings: readonly string[];
  },
): EncodedAnswer {
  const summary: Summary = { found: 0, missing: 0, error: 0, unprocessed: 0 };
  const results: string[] = [];
  const kept: KeyOutcome[] = [];
  let bytes = 0;
  for (const outcome of outcomes) {
    const size = outcome.status === 'found' ? sizeOf(outcome.rows, options.text) : 0;
    const fits = bytes + size <= options.answerBytes;
    const shown: KeyOutcome = fits ? outcome : { status: 'unprocessed', reason: 'size' };
    if (fits) bytes += size;
    summary[shown.status] += 1;
    results.push(encodeOutcome(shown, options.debug));
    kept.push(shown);
  }
  const meta = options.debug ? `,"meta":${encodeMeta(report)}` : '';
  const { warnings } = options;
  const warned = warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : '';
  const members = `"results":[${results.join(',')}],"summary":${JSON.stringify(summary)}${warned}${meta}`;
  const slug = refusalOf(kept, summary, report.expired);
  if (slug === undefined) return { status: 200, problem: undefined, body: `{${members}}`, summary };
  const { status, title } = problems[slug];
  const head = JSON.stringify({
    type: `/problems/${slug}`,
    title,
    status,
    detail: 'no key could be answered',
  });
  return { status, problem: slug, body: `${head.slice(0, -1)},${members}}`, summary };
}

function sizeOf(rows: readonly string[], text: Text): number {
  let bytes = envelopeBytes;
  for (const row of rows) bytes += text.utf8Length(row) + 1;
  return bytes;
}

function encodeOutcome(outcome: KeyOutcome, debug: boolean): string {
  switch (outcome.status) {
    case 'found': {
      const more = outcome.truncated ? ',"truncated":true' : '';
      return `{"status":"found","rows":[${outcome.rows.join(',')}]${more}${provenance(outcome, debug)}}`;
    }
    case 'missing':
      return `{"status":"missing","rows":[]${provenance(outcome, debug)}}`;
    case 'error': {
      const { title, retryable } = problems[outcome.problem];
      const error = JSON.stringify({ type: `/problems/${outcome.problem}`, title, retryable });
      return `{"status":"error","rows":[],"error":${error}}`;
    }
    case 'unprocessed':
      return `{"status":"unprocessed","rows":[],"reason":"${outcome.reason}"}`;
  }
}

function provenance(outcome: { readonly source: string; readonly ageMs: number }, debug: boolean): string {
  return debug ? `,"source":"${outcome.source}","ageMs":${Math.round(outcome.ageMs)}` : '';
}

function encodeMeta(report: ReadReport): string {
  return JSON.stringify({
    groups: report.groups.length,
    groupKeys: report.groups,
    retried: report.retries,
    datacenter: report.datacenter ?? null,
    ringEpoch: report.ringEpoch,
  });
}

/** The status table of the contract: undefined where at least one key was answered. */
function refusalOf(
  outcomes: readonly KeyOutcome[],
  summary: Readonly<Summary>,
  expired: boolean,
): ProblemSlug | undefined {
  if (summary.found + summary.missing > 0) return undefined;
  const reasons = new Set<string>();
  let firstProblem: ProblemSlug | undefined;
  for (const outcome of outcomes) {
    if (outcome.status === 'unprocessed') reasons.add(outcome.reason);
    if (outcome.status === 'error') firstProblem ??= outcome.problem;
  }
  if (reasons.has('quota')) return 'over-quota';
  if (expired || reasons.has('deadline')) return 'deadline-exceeded';
  if (firstProblem !== undefined) return firstProblem;
  // Nothing failed and nothing was late: a single key is larger than an answer may be.
  return reasons.has('overload') ? 'overload' : 'impossible';
}
