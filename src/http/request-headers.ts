import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from '../core/errors.ts';

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

/** A compressed body would be read as text and refused as broken JSON; this says why. */
export function refuseContentEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new RequestError('unsupported-media-type', 'the body must be sent without a Content-Encoding');
}
