import { encodeAnswer } from './answer.ts';
import { openTable } from './granted-table.ts';
import type { LookUp } from './look-up.ts';
import { parseLookUpRequest } from './look-up-request.ts';
import { accountFor, boundsOfNow, type ReadParts, readRequest } from './request-reader.ts';

/** The way of a look-up, top to bottom: access, table, keys, read, answer in key order. */
export function createLookUp(parts: ReadParts): LookUp {
  return async (call) => {
    const bounds = boundsOfNow(parts.bounds);
    const table = await openTable(parts, call, 'read');
    const settings = parts.settingsOf(call.keyspace, call.table);
    const request = parseLookUpRequest(call.body, table, settings, bounds, parts.text);
    const read = await readRequest(parts, call, table, settings, request, bounds);
    const { problem, body, summary, retryAfterMs } = encodeAnswer(read.outcomes, read.report, {
      answerBytes: bounds.answerBytes,
      strict: call.strict,
      debug: call.debug,
      text: parts.text,
      warnings: read.warnings,
      refusal: read.refusal,
    });
    return { problem, body, retryAfterMs, account: accountFor(parts.telemetry, call, summary, read) };
  };
}
