import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from '../core/errors.ts';
import { isAllowedHost } from './host-check.ts';

/**
 * Refuses what a page of another site makes a browser send: under a name of its own (rebinding), or across origins.
 * Callers that are no browsers send no `Origin` and a `Host` that they were given.
 * Throws a `RequestError`: `host-not-allowed` or `cross-origin`.
 */
export function refuseForeignPages(
  headers: IncomingHttpHeaders,
  allowedNames: ReadonlySet<string>,
  scheme: 'http' | 'https',
): void {
  if (!isAllowedHost(headers.host, allowedNames)) {
    throw new RequestError('host-not-allowed', 'the Host header names none of the hosts of this port');
  }
  const { origin } = headers;
  if (origin !== undefined && !isOwnOrigin(origin, headers.host ?? '', scheme)) {
    throw new RequestError('cross-origin', 'the Origin header names another site than this port');
  }
}

function isOwnOrigin(origin: string, host: string, scheme: string): boolean {
  return origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`;
}
