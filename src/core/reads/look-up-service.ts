import { encodeAnswer } from './answer.ts';
import { openTable } from './granted-table.ts';
import type { LookUp } from './look-up.ts';
import { parseLookUpRequest } from './look-up-request.ts';
import { accountFor, type ReadParts, readRequest, withBoundsOfNow } from './request-reader.ts';

/** The way of a look-up, top to bottom: access, table, keys, read, answer in key order. */
export function createLookUp(shared: ReadParts): LookUp {
  return async (call) => {
    const parts = withBoundsOfNow(shared);
    const table = await openTable(parts, call, 'read');
    const settings = parts.settingsOf(call.keyspace, call.table);
    const request = parseLookUpRequest(call.body, table, settings, parts.bounds, parts.text);
    const read = await readRequest(parts, call, table, settings, request);
    const { problem, body, summary } = encodeAnswer(read.outcomes, read.report, {
      answerBytes: parts.bounds.answerBytes,
      strict: call.strict,
      debug: call.debug,
      text: parts.text,
      warnings: read.warnings,
    });
    return { problem, body, account: accountFor(parts.telemetry, call, summary, read) };
  };
}
