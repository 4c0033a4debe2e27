import type { FastifyInstance } from 'fastify';
import { withInstance } from '../core/problem-document.ts';
import type { Write } from '../core/writes/write.ts';
import { replyWithProblemBody } from '../web/problem-reply.ts';
import { type CallerParts, callOf, tellLimit } from './caller.ts';
import { watchCaller } from './caller-watch.ts';
import { appliedPreferences, readPreferences, waitMsOf } from './preferences.ts';
import { replyWithRefusal } from './refused-call.ts';
import { smallBodyHooks } from './small-body.ts';
import { type TableParameters, tableParameters } from './table-parameters.ts';
import { writeDocumentation } from './write-documentation.ts';

export interface WriteRouteParts extends CallerParts {
  /** Absent: there are no writes, and no route for them. */
  readonly write?: Write | undefined;
}

/** The body has no schema here: the core checks it against the table, with every bad row by pointer. */
export function addWriteRoute(app: FastifyInstance, parts: WriteRouteParts): void {
  const { write } = parts;
  if (write === undefined) return;
  app.route<{ Params: TableParameters }>({
    method: 'POST',
    url: '/v1/:keyspace/:table/write',
    config: { documentation: { ...writeDocumentation, params: tableParameters } },
    ...smallBodyHooks(parts, 'write'),
    handler: async (request, reply) => {
      const { keyspace, table } = request.params;
      const { exchange, application } = callOf(request, keyspace, table);
      const preferences = readPreferences(request.headers);
      const session = request.headers['x-weir-session'];
      const answer = await write({
        application,
        keyspace,
        table,
        body: request.body,
        deadlineMs: exchange.deadlineMs,
        sessionId: typeof session === 'string' ? session : undefined,
        strict: preferences.handling === 'strict',
        waitMs: waitMsOf(preferences),
        caller: watchCaller(reply.raw),
        traceparent: exchange.trace?.traceparent,
      });
      if (answer.kind === 'refused') {
        tellLimit(parts, reply, application, 'write', answer.retryAfterMs);
        return replyWithRefusal(reply, answer);
      }
      const { problem, retryAfterMs, account } = answer;
      exchange.write = account;
      const heeded = { handling: true, wait: account.quota !== undefined };
      const applied = appliedPreferences(preferences, heeded);
      if (applied !== undefined) reply.header('preference-applied', applied);
      tellLimit(parts, reply, application, 'write', retryAfterMs);
      if (problem !== undefined) {
        exchange.problem = problem;
        const body = withInstance(answer.body, problem, request.id, retryAfterMs);
        return replyWithProblemBody(reply, problem, body, retryAfterMs);
      }
      return reply.header('content-type', 'application/json').send(Buffer.from(answer.body));
    },
  });
}
