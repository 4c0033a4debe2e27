import { type ProblemSlug, problems } from '../errors.ts';
import { slowedDetail, slowedMembers, violatedPolicies } from '../problem-document.ts';
import type { KeyOutcome } from '../reads/key-reader.ts';
import type { QuotaRefusal } from '../reads/quota-bill.ts';
import { problemOf, refusalBehind } from '../reads/refusal.ts';
import type { RowCounts, RowOutcome } from './row-outcome.ts';

export interface EncodedWrite {
  readonly problem: ProblemSlug | undefined;
  readonly body: string;
  /** Of a problem of limits; with 200 it stands in the body. */
  readonly retryAfterMs: number | undefined;
}

export interface WrittenRows {
  /** In the order of the request. */
  readonly outcomes: readonly RowOutcome[];
  readonly summary: RowCounts;
  /** Of the first row. */
  readonly timestampMicros: bigint;
  /** The deadline came while rows were open. */
  readonly expired: boolean;
  /** Why rows are `unprocessed: quota`. */
  readonly refusal: QuotaRefusal | undefined;
  readonly warnings: readonly string[];
}

/**
 * The answer to a write. Where no row was written it is a problem with the same members: the caller still learns what
 * became of each row.
 */
export function encodeWrite(written: WrittenRows): EncodedWrite {
  const { outcomes, summary, timestampMicros, expired, refusal, warnings } = written;
  const results = outcomes.map(encodeRow).join();
  const { written: count, error, unprocessed } = summary;
  const told = JSON.stringify({
    summary: { written: count, error, unprocessed },
    timestampMicros: String(timestampMicros),
    ...(warnings.length > 0 ? { warnings } : {}),
  });
  const tail = `"results":[${results}],${told.slice(1)}`;
  const slug = problemOf(outcomes.filter(isNotWritten), expired, refusal);
  if (count > 0 || slug === undefined) {
    const head = JSON.stringify(retryMembers(outcomes, refusal));
    return { problem: undefined, body: joinMembers(head, tail), retryAfterMs: undefined };
  }
  const { status, title } = problems[slug];
  const limits = refusalBehind(slug, refusal);
  const head = JSON.stringify({
    type: `/problems/${slug}`,
    title,
    status,
    detail: slowedDetail(detailOf(limits), limits),
    ...violatedPolicies(limits),
    ...slowedMembers(limits),
  });
  return { problem: slug, body: joinMembers(head, tail), retryAfterMs: limits?.retryAfterMs };
}

/** Outcomes that a look-up knows as well, and with the same meaning. */
function isNotWritten(outcome: RowOutcome): outcome is RowOutcome & KeyOutcome {
  return outcome.status !== 'written';
}

function detailOf(limits: QuotaRefusal | undefined): string {
  return limits?.reason === 'oversize'
    ? 'the rows need more units at once than a limit ever gives'
    : 'no row could be written';
}

/** When the rows that a limit refused are worth sending, whole and never early, and whether it is slowed; nothing where there are none. */
function retryMembers(outcomes: readonly RowOutcome[], refusal: QuotaRefusal | undefined): object {
  const isRefused = outcomes.some(
    (outcome) => outcome.status === 'unprocessed' && outcome.reason === 'quota',
  );
  if (refusal === undefined || !isRefused) return {};
  const { retryAfterMs } = refusal;
  return {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
    ...slowedMembers(refusal),
  };
}

function encodeRow(outcome: RowOutcome): string {
  switch (outcome.status) {
    case 'written':
      return '{"status":"written"}';
    case 'error': {
      const { title, retryable } = problems[outcome.problem];
      const error = { type: `/problems/${outcome.problem}`, title, retryable };
      return JSON.stringify({ status: 'error', error });
    }
    case 'unprocessed':
      return `{"status":"unprocessed","reason":"${outcome.reason}"}`;
  }
}

/** `head` is an object, perhaps without members; `tail` goes on to its end. */
function joinMembers(head: string, tail: string): string {
  return head === '{}' ? `{${tail}` : `${head.slice(0, -1)},${tail}`;
}
