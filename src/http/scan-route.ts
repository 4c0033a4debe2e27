import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../core/errors.ts';
import { encodeProblem, withMember } from '../core/problem-document.ts';
import type { Scan, ScanStream } from '../core/scans/scan.ts';
import { replyWithProblemBody } from '../web/problem-reply.ts';
import { type CallerParts, callOf, tellLimit } from './caller.ts';
import { watchCaller } from './caller-watch.ts';
import { exchangeOf } from './exchange.ts';
import { replyWithRefusal } from './refused-call.ts';
import { ScanBody } from './scan-body.ts';
import { scanDocumentation } from './scan-documentation.ts';
import { smallBodyHooks } from './small-body.ts';
import { type TableParameters, tableParameters } from './table-parameters.ts';

export interface ScanRouteParts extends CallerParts {
  /** Absent: no route for them. */
  readonly scan?: Scan | undefined;
}

/** The body has no schema here: the core checks it against the table. */
export function addScanRoute(app: FastifyInstance, parts: ScanRouteParts): void {
  const { scan } = parts;
  if (scan === undefined) return;
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.route<{ Params: TableParameters }>({
    method: 'POST',
    url: '/v1/:keyspace/:table/scan',
    config: { documentation: { ...scanDocumentation, params: tableParameters } },
    ...smallBodyHooks(parts, 'scan'),
    errorHandler: (error, _request, reply) => {
      // All others are answered as everywhere.
      if (!isStale(error)) throw error;
      replyWithRestart(reply, error, error.restart);
    },
    handler: async (request, reply) => {
      const { keyspace, table } = request.params;
      const { exchange, application } = callOf(request, keyspace, table);
      const session = request.headers['x-weir-session'];
      const begun = await scan({
        application,
        keyspace,
        table,
        body: request.body,
        deadlineMs: exchange.deadlineMs,
        sessionId: typeof session === 'string' ? session : undefined,
        pageTimeoutMs: exchange.deadlineMs - exchange.arrivedMs,
        caller: watchCaller(reply.raw),
        traceparent: exchange.trace?.traceparent,
      });
      if (begun.kind === 'refused') {
        tellLimit(parts, reply, application, 'scan', begun.retryAfterMs);
        return replyWithRefusal(reply, begun);
      }
      tellLimit(parts, reply, application, 'scan');
      return sendLines(request, reply, begun.stream, () => closing);
    },
  });
}

function sendLines(
  request: FastifyRequest,
  reply: FastifyReply,
  stream: ScanStream,
  isClosing: () => boolean,
): FastifyReply {
  const exchange = exchangeOf(request);
  const body = new ScanBody(stream, exchange.transfer);
  // Ahead of the listener that closes the record of the request.
  reply.raw.prependOnceListener('close', () => {
    body.destroy();
    exchange.scan = stream.account();
    exchange.problem = exchange.scan.problem;
  });
  // An answer that began before the port closes says nothing of it, and the port waits for its connection.
  reply.raw.once('finish', () => {
    if (isClosing()) request.raw.socket.destroySoon();
  });
  // The caller learns that its scan has begun, however long the first page waits.
  body.once('resume', () => reply.raw.flushHeaders());
  // A listener keeps the server from parting: where limits pace a scan, nothing moves for long. Who does not read is
  // seen by the guard of the transfer.
  reply.raw.on('timeout', () => {});
  return reply.header('content-type', 'application/x-ndjson').send(body);
}

/** A cursor that is of no use any more comes with where to begin anew. */
function isStale(error: unknown): error is RequestError & { readonly restart: unknown } {
  return error instanceof RequestError && 'restart' in error;
}

function replyWithRestart(reply: FastifyReply, error: RequestError, restart: unknown): FastifyReply {
  const { slug, detail, faults } = error;
  exchangeOf(reply.request).problem = slug;
  const body = encodeProblem(slug, detail, reply.request.id, faults);
  return replyWithProblemBody(reply, slug, withMember(body, 'restart', restart));
}
