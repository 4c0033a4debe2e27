import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { withInstance } from '../core/problem-document.ts';
import type { LookUp } from '../core/reads/look-up.ts';
import { refuseContentEncoding } from '../web/json-body.ts';
import { replyWithProblemBody } from '../web/problem-reply.ts';
import { type CallerParts, callOf, identifyCaller, recordAccount } from './caller.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { lookUpDocumentation } from './look-up-documentation.ts';
import { readPreferences } from './preferences.ts';
import { forbidsCachedRows, speculativeRetryOf, wantsDebug } from './request-headers.ts';
import { type TableParameters, tableParameters } from './table-parameters.ts';

export interface LookUpRouteParts extends CallerParts {
  readonly lookUp: LookUp;
}

/** The body has no schema here: the core checks it against the table, with every bad key by pointer. */
export function addLookUpRoute(app: FastifyInstance, parts: LookUpRouteParts): void {
  app.route<{ Params: TableParameters }>({
    method: 'POST',
    url: '/v1/:keyspace/:table/lookup',
    config: { documentation: { ...lookUpDocumentation, params: tableParameters } },
    onRequest: (request, reply, done) => {
      const exchange = identifyCaller(parts, request, reply, 'read');
      refuseContentEncoding(request.headers);
      exchange.bodyArrived = limitBodyTime(parts.clock, request, reply, exchange);
      done();
    },
    preValidation: (request, _reply, done) => {
      exchangeOf(request).bodyArrived();
      done();
    },
    handler: async (request, reply) => {
      const { keyspace, table } = request.params;
      const { exchange, application } = callOf(request, keyspace, table);
      const { handling } = readPreferences(request.headers);
      const answer = await parts.lookUp({
        application,
        keyspace,
        table,
        body: request.body,
        deadlineMs: exchange.deadlineMs,
        strict: handling === 'strict',
        traceparent: exchange.trace?.traceparent,
        speculativeRetry: speculativeRetryOf(request.headers),
        noCache: forbidsCachedRows(request.headers),
        debug: wantsDebug(request.headers),
      });
      if (handling !== undefined) reply.header('preference-applied', `handling=${handling}`);
      recordAccount(parts, request, reply, answer.account);
      if (answer.problem !== undefined) {
        exchange.problem = answer.problem;
        const body = withInstance(answer.body, answer.problem, request.id);
        return replyWithProblemBody(reply, answer.problem, body);
      }
      return reply.header('content-type', 'application/json').send(Buffer.from(answer.body));
    },
  });
}

/** Answers at the deadline when the body has not arrived by then; returns how to stop that. */
function limitBodyTime(
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
  exchange: Exchange,
): () => void {
  let cancel = (): void => {};
  const begin = (): void => {
    // Most bodies come with their headers: they need no timer.
    if (request.raw.complete || reply.sent) return;
    cancel = clock.after(exchange.deadlineMs - clock.nowMs(), () => {
      if (reply.sent) return;
      // The rest of the body would be taken for the next request.
      reply.header('connection', 'close');
      reply.send(new RequestError('deadline-exceeded', 'the body did not arrive before the deadline'));
    });
    reply.raw.once('close', cancel);
  };
  process.nextTick(begin);
  return () => cancel();
}
