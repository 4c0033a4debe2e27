import type { IncomingHttpHeaders } from 'node:http';

export interface TraceContext {
  /** As it is passed on. */
  readonly traceparent: string;
  /** 32 hex digits. */
  readonly traceId: string;
}

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const version = '00';
const invalidVersion = 'ff';

/**
 * The caller's `traceparent` by W3C Trace Context level 1. Undefined for one that is absent, given twice or
 * malformed: the trace starts anew then, which is no fault of the request. A later version is read as far as
 * this one goes, and passed on as this one with the one flag that it knows.
 */
export function readTraceContext(headers: IncomingHttpHeaders): TraceContext | undefined {
  const given = headers['traceparent'];
  if (typeof given !== 'string') return undefined;
  const match = pattern.exec(given);
  if (match === null) return undefined;
  const [, givenVersion, traceId = '', parentId = '', flags = '', rest] = match;
  if (givenVersion === invalidVersion || isZero(traceId) || isZero(parentId)) return undefined;
  if (givenVersion === version) {
    return rest === undefined ? { traceparent: given, traceId } : undefined;
  }
  const sampled = Number.parseInt(flags, 16) & 1;
  return { traceparent: `${version}-${traceId}-${parentId}-0${sampled}`, traceId };
}

function isZero(digits: string): boolean {
  return /^0+$/.test(digits);
}
