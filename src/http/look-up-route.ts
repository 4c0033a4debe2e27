import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { withInstance } from '../core/problem-document.ts';
import type { LookUp } from '../core/reads/look-up.ts';
import type { Bounds } from '../core/reads/settings.ts';
import type { Authenticator } from './authenticate.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { replyWithProblemBody } from './problem-reply.ts';
import { refuseContentEncoding, timeoutMsOf, wantsDebug } from './request-headers.ts';

export interface LookUpRouteParts {
  readonly lookUp: LookUp;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly bounds: Bounds;
  readonly defaultTimeoutMs: number;
}

const parameters = Type.Object({ keyspace: Type.String(), table: Type.String() });

/** The body has no schema here: the core checks it against the table, with every bad key by pointer. */
export function addLookUpRoute(app: FastifyInstance, parts: LookUpRouteParts): void {
  app.withTypeProvider<TypeBoxTypeProvider>().route({
    method: 'POST',
    url: '/v1/:keyspace/:table/lookup',
    schema: { params: parameters },
    onRequest: (request, reply, done) => {
      const exchange = exchangeOf(request);
      identify(parts.authenticator, request, reply, exchange);
      refuseContentEncoding(request.headers);
      // The deadline counts from the arrival of the headers.
      exchange.deadlineMs =
        exchange.arrivedMs + timeoutMsOf(request.headers, parts.defaultTimeoutMs, parts.bounds.timeoutMs);
      exchange.bodyArrived = limitBodyTime(parts.clock, reply, exchange);
      done();
    },
    preValidation: (request, _reply, done) => {
      exchangeOf(request).bodyArrived();
      done();
    },
    handler: async (request, reply) => {
      const exchange = exchangeOf(request);
      const { application } = exchange;
      if (application === undefined) throw new Error('the look-up was reached without authentication');
      const { keyspace, table } = request.params;
      const name = `${keyspace}.${table}`;
      if (application.grants.has(name)) exchange.table = name;
      const answer = await parts.lookUp({
        application,
        keyspace,
        table,
        body: request.body,
        deadlineMs: exchange.deadlineMs,
        debug: wantsDebug(request.headers),
      });
      exchange.keys = answer.keys;
      exchange.groups = answer.groups;
      if (answer.problem !== undefined) {
        exchange.problem = answer.problem;
        return replyWithProblemBody(reply, answer.problem, withInstance(answer.body, request.id));
      }
      return reply.header('content-type', 'application/json').send(Buffer.from(answer.body));
    },
  });
}

function identify(
  authenticator: Authenticator,
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
): void {
  exchange.operation = 'read';
  try {
    exchange.application = authenticator.authenticate(request.headers, request.raw.socket.remoteAddress);
  } catch (error) {
    reply.header('www-authenticate', authenticator.challenge);
    throw error;
  }
}

/** Answers at the deadline when the body has not arrived by then; returns how to stop that. */
function limitBodyTime(clock: Clock, reply: FastifyReply, exchange: Exchange): () => void {
  const cancel = clock.after(exchange.deadlineMs - clock.nowMs(), () => {
    if (reply.sent) return;
    // The rest of the body would be taken for the next request.
    reply.header('connection', 'close');
    reply.send(new RequestError('deadline-exceeded', 'the body did not arrive before the deadline'));
  });
  reply.raw.once('close', cancel);
  return cancel;
}
