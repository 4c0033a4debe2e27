import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { hasBackslashName } from '../core/encoding/backslash-name.ts';
import { RequestError } from '../core/errors.ts';

/**
 * Leaves `application/json` as the only media type. Bytes that are not UTF-8 are refused: decoding would put
 * U+FFFD in their place and so make another key of them. A member named `__proto__` is refused as well, and one
 * named by one backslash, which would change how later bodies are read.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parseText = app.getDefaultJsonParser('error', 'ignore');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const fault = whyUnreadable(request.headers['content-encoding'], body);
    if (fault !== undefined) {
      done(fault);
      return;
    }
    if (!isUtf8(body)) {
      done(new RequestError('invalid-request', 'the body is not UTF-8'));
      return;
    }
    const text = body.toString('utf8');
    if (hasBackslashName(text)) {
      done(new RequestError('invalid-request', 'the body has a member whose name is one backslash'));
      return;
    }
    // The parser's own error quotes the text that it stumbled over, hence another in its place.
    parseText(request, text, (error, value) => {
      if (error === null) done(null, value);
      else done(new RequestError('invalid-request', 'the body is not JSON, or has a member named __proto__'));
    });
  });
}

/** A compressed body would be refused as broken JSON, and an empty one likewise: this says why. */
function whyUnreadable(encoding: string | undefined, body: Buffer): RequestError | undefined {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new RequestError('unsupported-media-type', 'the body must be sent without a Content-Encoding');
  }
  if (body.length > 0) return undefined;
  return new RequestError(
    'invalid-request',
    'the body is empty; without one there is no Content-Type either',
  );
}
