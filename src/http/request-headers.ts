import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from '../core/errors.ts';
import {
  parseSpeculativeRetry,
  type SpeculativeRetry,
  speculativeRetryForms,
} from '../core/speculation/speculative-retry.ts';
import { splitUnquoted } from './header-list.ts';

const positiveInteger = /^[1-9][0-9]*$/;

/** How long the caller waits: `X-Request-Timeout-Ms`, at most `longestMs`. Throws a `RequestError` for anything but a positive integer. */
export function timeoutMsOf(headers: IncomingHttpHeaders, defaultMs: number, longestMs: number): number {
  const given = headers['x-request-timeout-ms'];
  if (given === undefined) return Math.min(defaultMs, longestMs);
  if (typeof given !== 'string' || !positiveInteger.test(given)) {
    throw new RequestError(
      'invalid-request',
      'the header X-Request-Timeout-Ms must be a positive whole number',
    );
  }
  return Math.min(Number(given), longestMs);
}

export function wantsDebug(headers: IncomingHttpHeaders): boolean {
  return headers['x-debug'] === '1';
}

/**
 * Whether `Cache-Control` has the directive `no-cache` (RFC 9111, section 5.2.1.4). The others are for caches that
 * keep answers, and are ignored. An argument, which the directive does not have, changes nothing.
 */
export function forbidsCachedRows(headers: IncomingHttpHeaders): boolean {
  const given = headers['cache-control'];
  if (given === undefined) return false;
  return splitUnquoted(given).some((directive) => /^[ \t]*no-cache[ \t]*(=|$)/i.test(directive));
}

/** `X-Weir-Speculative-Retry`; undefined where it is not given. Throws a `RequestError` for what is no rule. */
export function speculativeRetryOf(headers: IncomingHttpHeaders): SpeculativeRetry | undefined {
  const given = headers['x-weir-speculative-retry'];
  if (given === undefined) return undefined;
  const rule = typeof given === 'string' ? parseSpeculativeRetry(given) : undefined;
  if (rule !== undefined) return rule;
  throw new RequestError(
    'invalid-request',
    `the header X-Weir-Speculative-Retry must be ${speculativeRetryForms}`,
  );
}
