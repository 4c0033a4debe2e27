import type { Text } from '../ports.ts';
import { summarize } from './answer.ts';
import { openTable } from './granted-table.ts';
import type { KeyOutcome } from './key-reader.ts';
import { problemOf, refusalBehind } from './refusal.ts';
import { accountFor, boundsOfNow, type ReadParts, readRequest } from './request-reader.ts';
import { type ReadRow, RowRefusal } from './row.ts';
import { parseRowRequest } from './row-request.ts';
import type { RequestBounds } from './settings.ts';

/**
 * The way of one row: as a look-up of one whole key, answered with the row itself. What a look-up says of its only
 * key is here the outcome of the request.
 */
export function createReadRow(parts: ReadParts): ReadRow {
  return async (call) => {
    const bounds = boundsOfNow(parts.bounds);
    const table = await openTable(parts, call, 'read');
    const settings = parts.settingsOf(call.keyspace, call.table);
    const request = parseRowRequest(call.parameters, table, settings, parts.text);
    const read = await readRequest(parts, { ...call, strict: true }, table, settings, request, bounds);
    const kept = read.outcomes.map((outcome) => keepWithin(outcome, bounds, parts.text));
    const account = accountFor(parts.telemetry, call, summarize(kept), read);
    const problem = problemOf(kept, read.report.expired, read.refusal);
    if (problem !== undefined) {
      const limits = refusalBehind(problem, read.refusal);
      throw new RowRefusal(problem, 'the row could not be read', account, { limits });
    }
    const [outcome] = kept;
    const row = outcome?.status === 'found' ? outcome.rows[0] : undefined;
    const ageMs = cachedFor(outcome);
    if (row === undefined)
      throw new RowRefusal('row-not-found', 'no row has this primary key', account, { ageMs });
    return { body: row, ageMs, account };
  };
}

function cachedFor(outcome: KeyOutcome | undefined): number | undefined {
  if (outcome === undefined || !('source' in outcome)) return undefined;
  return outcome.source === 'cache' || outcome.source === 'stale' ? outcome.ageMs : undefined;
}

function keepWithin(outcome: KeyOutcome, { answerBytes }: RequestBounds, text: Text): KeyOutcome {
  if (outcome.status !== 'found') return outcome;
  const bytes = outcome.rows.reduce((sum, row) => sum + text.utf8Length(row), 0);
  return bytes <= answerBytes ? outcome : { status: 'unprocessed', reason: 'size' };
}
