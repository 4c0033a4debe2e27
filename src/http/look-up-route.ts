import type { FastifyInstance } from 'fastify';
import { withInstance } from '../core/problem-document.ts';
import type { LookUp } from '../core/reads/look-up.ts';
import { refuseContentEncoding } from '../web/json-body.ts';
import { replyWithProblemBody } from '../web/problem-reply.ts';
import { limitBodyTime } from './body-time.ts';
import { type CallerParts, callOf, identifyCaller, recordAccount, tellLimit } from './caller.ts';
import { watchCaller } from './caller-watch.ts';
import { exchangeOf } from './exchange.ts';
import { lookUpDocumentation } from './look-up-documentation.ts';
import { appliedPreferences, readPreferences, waitMsOf } from './preferences.ts';
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
      const preferences = readPreferences(request.headers);
      const answer = await parts.lookUp({
        application,
        keyspace,
        table,
        body: request.body,
        deadlineMs: exchange.deadlineMs,
        strict: preferences.handling === 'strict',
        traceparent: exchange.trace?.traceparent,
        speculativeRetry: speculativeRetryOf(request.headers),
        noCache: forbidsCachedRows(request.headers),
        waitMs: waitMsOf(preferences),
        caller: watchCaller(reply.raw),
        debug: wantsDebug(request.headers),
      });
      const { problem, retryAfterMs, account } = answer;
      const heeded = { handling: true, wait: account.quota !== undefined };
      const applied = appliedPreferences(preferences, heeded);
      if (applied !== undefined) reply.header('preference-applied', applied);
      recordAccount(parts, request, reply, account);
      tellLimit(parts, reply, application, 'read', retryAfterMs);
      if (problem !== undefined) {
        exchange.problem = problem;
        const body = withInstance(answer.body, problem, request.id, retryAfterMs);
        return replyWithProblemBody(reply, problem, body, retryAfterMs);
      }
      return reply.header('content-type', 'application/json').send(Buffer.from(answer.body));
    },
  });
}
