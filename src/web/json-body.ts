import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
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
    const encoded = contentEncodingFault(request.headers);
    if (encoded !== undefined) {
      done(encoded);
      return;
    }
    if (body.length === 0) {
      done(
        new RequestError('invalid-request', 'the body is empty; without one there is no Content-Type either'),
      );
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

/** Before the body has arrived. */
export function refuseContentEncoding(headers: IncomingHttpHeaders): void {
  const fault = contentEncodingFault(headers);
  if (fault !== undefined) throw fault;
}

/** A compressed body would be read as text and refused as broken JSON; this says why. */
function contentEncodingFault(headers: IncomingHttpHeaders): RequestError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined;
  return new RequestError('unsupported-media-type', 'the body must be sent without a Content-Encoding');
}
