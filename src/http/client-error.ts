import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type ProblemSlug, problems } from '../core/errors.ts';
import { encodeProblem, problemMediaType } from '../core/problem-document.ts';

/** What reached the port and is not HTTP: there is no request to answer, so the problem is written by hand and the connection closed. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { slug, detail } = classify(error.code);
  const requestId = randomUUID();
  const body = encodeProblem(slug, detail, requestId);
  const head = [
    `HTTP/1.1 ${problems[slug].status} ${problems[slug].title}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function classify(code: string | undefined): { readonly slug: ProblemSlug; readonly detail: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { slug: 'too-large', detail: 'the headers have more bytes than are taken' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { slug: 'invalid-request', detail: 'the request did not arrive as a whole in time' };
    default:
      return { slug: 'invalid-request', detail: 'the request is not HTTP/1.1' };
  }
}
