import type { IncomingMessage } from 'node:http';
import { RequestError } from '../core/errors.ts';

/**
 * RFC 9112, section 3.2: a request has one `Host`, and only HTTP/1.0 may leave it out. Of two, Node shows the first,
 * while a proxy before this port may have gone by the other. Throws a `RequestError` (`invalid-request`).
 */
export function refuseUnclearHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count === 1 || (count === 0 && httpVersion === '1.0')) return;
  throw new RequestError('invalid-request', 'the request must have one Host header');
}
