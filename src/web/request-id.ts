import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** No quote, no control character, no length to speak of: such an id goes into logs and answers as it is. */
const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `X-Request-Id` where it has the expected form, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID();
}
