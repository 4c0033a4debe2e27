import { type ProblemSlug, problems } from '../errors.ts';
import type { Text } from '../ports.ts';
import { slowedDetail, slowedMembers, violatedPolicies } from '../problem-document.ts';
import type { KeyOutcome, ReadReport } from './key-reader.ts';
import type { QuotaRefusal } from './quota-bill.ts';
import { problemOf, refusalBehind } from './refusal.ts';

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
  /** Of a problem of limits; with 200 it stands in the body. */
  readonly retryAfterMs: number | undefined;
}

/** Room for what stands around the rows of one key. */
const envelopeBytes = 128;

/**
 * Joins the ready pieces to the answer, in key order. Keys whose rows would carry the answer beyond
 * `answerBytes` become `unprocessed: size`. Where no key was found or missing, the answer is a problem
 * with the same members: the caller still learns what became of each key.
 *
 * `strict`: one key that failed or was not tried makes the answer a problem. It still has the status of each key,
 * so that the caller sees which ones were to blame, but no rows: every `rows` is empty, also of a key that was
 * found, and nobody can take a part for the whole.
 */
export function encodeAnswer(
  outcomes: readonly KeyOutcome[],
  report: ReadReport,
  options: {
    readonly answerBytes: number;
    readonly strict: boolean;
    readonly debug: boolean;
    readonly text: Text;
    readonly warnings: readonly string[];
    /** Why keys are `unprocessed: quota`. */
    readonly refusal: QuotaRefusal | undefined;
  },
): EncodedAnswer {
  const { strict, debug, warnings, refusal } = options;
  const kept = keepWithin(outcomes, options.answerBytes, options.text);
  const summary = summarize(kept);
  const isPartial = summary.error + summary.unprocessed > 0;
  const slug =
    strict || summary.found + summary.missing === 0 ? problemOf(kept, report.expired, refusal) : undefined;
  const withheld = strict && isPartial;
  const meta = debug ? `,"meta":${encodeMeta(report)}` : '';
  const warned = warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : '';
  const retry = slug === undefined ? encodeRetry(kept, refusal) : '';
  const tail = `],"summary":${encodeSummary(summary)}${retry}${warned}${meta}}`;
  const join = (head: string): string => joinPieces(head, kept, tail, debug, withheld);
  if (slug === undefined) {
    return { status: 200, problem: undefined, body: join('{"results":['), summary, retryAfterMs: undefined };
  }
  const { status, title } = problems[slug];
  const limits = refusalBehind(slug, refusal);
  const detail = slowedDetail(detailOf(summary, limits), limits);
  const type = `/problems/${slug}`;
  const told = { ...violatedPolicies(limits), ...slowedMembers(limits) };
  const head = JSON.stringify({ type, title, status, detail, ...told });
  const body = join(`${head.slice(0, -1)},"results":[`);
  return { status, problem: slug, body, summary, retryAfterMs: limits?.retryAfterMs };
}

function detailOf({ found, missing }: Readonly<Summary>, limits: QuotaRefusal | undefined): string {
  if (limits?.reason === 'oversize') return 'the keys need more units at once than a limit ever gives';
  return found + missing === 0
    ? 'no key could be answered'
    : 'not every key could be answered, and the request is strict: all or nothing';
}

/**
 * When the keys that a limit refused are worth asking for, whole and never early, and whether the limit is slowed;
 * nothing where there are none.
 */
function encodeRetry(outcomes: readonly KeyOutcome[], refusal: QuotaRefusal | undefined): string {
  if (refusal === undefined) return '';
  const isRefused = outcomes.some(
    (outcome) => outcome.status === 'unprocessed' && outcome.reason === 'quota',
  );
  if (!isRefused) return '';
  const { retryAfterMs } = refusal;
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) };
  const members = JSON.stringify({ ...retry, ...slowedMembers(refusal) });
  return members === '{}' ? '' : `,${members.slice(1, -1)}`;
}

/** One join of all pieces, as few as may be: rows are most of an answer, and are copied once. */
function joinPieces(
  head: string,
  outcomes: readonly KeyOutcome[],
  tail: string,
  debug: boolean,
  withheld: boolean,
): string {
  const pieces = [head];
  let comma = '';
  for (const outcome of outcomes) {
    if (outcome.status === 'found' && !withheld) pushFound(pieces, comma, outcome, debug);
    else pieces.push(comma, encodeRowless(outcome, debug));
    comma = ',';
  }
  pieces.push(tail);
  return pieces.join('');
}

/** Counts of keys as asked. */
export function summarize(outcomes: readonly KeyOutcome[]): Readonly<Summary> {
  const summary: Summary = { found: 0, missing: 0, error: 0, unprocessed: 0 };
  for (const { status } of outcomes) summary[status] += 1;
  return summary;
}

function keepWithin(outcomes: readonly KeyOutcome[], answerBytes: number, text: Text): readonly KeyOutcome[] {
  if (surelyFits(outcomes, answerBytes)) return outcomes;
  let bytes = 0;
  return outcomes.map((outcome) => {
    if (outcome.status !== 'found') return outcome;
    const size = sizeOf(outcome.rows, text);
    if (bytes + size > answerBytes) return { status: 'unprocessed', reason: 'size' };
    bytes += size;
    return outcome;
  });
}

/** UTF-8 has at most three bytes for what a string counts as one: most answers need no closer look. */
function surelyFits(outcomes: readonly KeyOutcome[], answerBytes: number): boolean {
  let most = 0;
  for (const outcome of outcomes) {
    if (outcome.status !== 'found') continue;
    most += envelopeBytes;
    for (const row of outcome.rows) most += 3 * row.length + 1;
  }
  return most <= answerBytes;
}

function sizeOf(rows: readonly string[], text: Text): number {
  let bytes = envelopeBytes;
  for (const row of rows) bytes += text.utf8Length(row) + 1;
  return bytes;
}

function pushFound(
  pieces: string[],
  comma: string,
  outcome: Extract<KeyOutcome, { status: 'found' }>,
  debug: boolean,
): void {
  const { rows, truncated } = outcome;
  pieces.push(comma === '' ? '{"status":"found","rows":[' : ',{"status":"found","rows":[');
  pieces.push(rows[0] ?? '');
  for (let index = 1; index < rows.length; index += 1) pieces.push(',', rows[index] ?? '');
  if (debug) pieces.push(truncated ? '],"truncated":true' : ']', provenance(outcome, debug), '}');
  else pieces.push(truncated ? '],"truncated":true}' : ']}');
}

/** What is shown of a key without rows, or of one whose rows are withheld. */
function encodeRowless(outcome: KeyOutcome, debug: boolean): string {
  switch (outcome.status) {
    case 'found':
    case 'missing':
      return `{"status":"${outcome.status}","rows":[]${provenance(outcome, debug)}}`;
    case 'error': {
      const { title, retryable } = problems[outcome.problem];
      const error = JSON.stringify({ type: `/problems/${outcome.problem}`, title, retryable });
      return `{"status":"error","rows":[],"error":${error}}`;
    }
    case 'unprocessed':
      return `{"status":"unprocessed","rows":[],"reason":"${outcome.reason}"}`;
  }
}

function encodeSummary({ found, missing, error, unprocessed }: Readonly<Summary>): string {
  return `{"found":${found},"missing":${missing},"error":${error},"unprocessed":${unprocessed}}`;
}

function provenance(outcome: { readonly source: string; readonly ageMs: number }, debug: boolean): string {
  return debug ? `,"source":"${outcome.source}","ageMs":${Math.round(outcome.ageMs)}` : '';
}

function encodeMeta(report: ReadReport): string {
  return JSON.stringify({
    groups: report.groups.length,
    groupKeys: report.groups,
    retried: report.retries,
    hedged: report.hedges,
    cacheHits: report.cacheHits,
    stale: report.stale,
    joined: report.joined,
    datacenter: report.datacenter ?? null,
    ringEpoch: report.ringEpoch,
  });
}
