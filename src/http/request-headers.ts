import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from '../core/errors.ts';

/** No quote, no control character, no length to speak of: such an id goes into logs and answers as it is. */
const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;
const positiveInteger = /^[1-9][0-9]*$/;

/** The caller's `X-Request-Id` where it has the expected form, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID();
}

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

/** A compressed body would be read as text and refused as broken JSON; this says why. */
export function refuseContentEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new RequestError('unsupported-media-type', 'the body must be sent without a Content-Encoding');
}
