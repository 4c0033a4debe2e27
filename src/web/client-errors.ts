import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ProblemSlug, problems } from '../core/errors.ts';
import { encodeProblem, problemMediaType } from '../core/problem-document.ts';

type ClientError = Error & { readonly code?: string };

interface OpenRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers what reaches a port and is not HTTP: no route sees it, so the problem is written by hand and the connection closed. */
export interface ClientErrors {
  /** The framework's `clientErrorHandler`. */
  readonly answer: (error: ClientError, socket: Socket) => void;
  /** Learns of the requests of the server, so that no answer is written into another one. */
  readonly watch: (server: Server) => void;
}

export function createClientErrors(): ClientErrors {
  /** In the order of their arrival, which is the order of their answers. */
  const open = new WeakMap<Socket, OpenRequest[]>();
  const watch = (server: Server): void => {
    // Node would refuse an expectation that it does not know with an empty answer; a server may also ignore it.
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      server.emit('request', request, response);
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      const entry = { request, response };
      const requests = open.get(socket) ?? [];
      requests.push(entry);
      open.set(socket, requests);
      response.once('close', () => requests.splice(requests.indexOf(entry), 1));
    });
  };
  const answer = (error: ClientError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const before = answeredBefore(open.get(socket) ?? []);
    if (before === undefined) writeProblem(error.code, socket);
    else before.response.once('close', () => answer(error, socket));
  };
  return { answer, watch };
}

/**
 * The last request that has to be answered before the fault is. A request whose body has not arrived as a whole
 * is the one at fault, unless it is being answered already.
 */
function answeredBefore(requests: readonly OpenRequest[]): OpenRequest | undefined {
  return requests.findLast(({ request, response }) => request.complete || response.headersSent);
}

function writeProblem(code: string | undefined, socket: Socket): void {
  const { slug, detail } = classify(code);
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
