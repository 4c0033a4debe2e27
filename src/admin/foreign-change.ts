import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from '../core/errors.ts';

const ownFetchSites: ReadonlySet<unknown> = new Set([undefined, 'same-origin', 'none']);

/**
 * Refuses a change that a page of another origin makes a browser send without an `Origin` header.
 * Callers that are no browsers do not send `Sec-Fetch-Site`. Throws a `RequestError` (`cross-origin`).
 */
export function refuseForeignChange(headers: IncomingHttpHeaders): void {
  if (ownFetchSites.has(headers['sec-fetch-site'])) return;
  throw new RequestError('cross-origin', 'the header Sec-Fetch-Site tells of a page of another site');
}
