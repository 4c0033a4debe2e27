import type { ReadReport } from './key-reader.ts';

/** Of a read for which nothing was sent. */
export function unsentReport(ringEpoch: number): ReadReport {
  return {
    groups: [],
    sent: 0,
    retries: 0,
    hedges: 0,
    cacheHits: 0,
    stale: 0,
    joined: 0,
    expired: false,
    datacenter: undefined,
    ringEpoch,
    span: undefined,
  };
}

/** Of a read that was made in two parts; the first was sent first. */
export function addReports(first: ReadReport, second: ReadReport): ReadReport {
  return {
    groups: [...first.groups, ...second.groups],
    sent: first.sent + second.sent,
    retries: first.retries + second.retries,
    hedges: first.hedges + second.hedges,
    cacheHits: first.cacheHits + second.cacheHits,
    stale: first.stale + second.stale,
    joined: first.joined + second.joined,
    expired: first.expired || second.expired,
    datacenter: first.datacenter ?? second.datacenter,
    ringEpoch: Math.max(first.ringEpoch, second.ringEpoch),
    span: addSpans(first.span, second.span),
  };
}

function addSpans(first: ReadReport['span'], second: ReadReport['span']): ReadReport['span'] {
  if (first === undefined || second === undefined) return first ?? second;
  return { fromMs: Math.min(first.fromMs, second.fromMs), toMs: Math.max(first.toMs, second.toMs) };
}
