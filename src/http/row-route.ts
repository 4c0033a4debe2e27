import type { FastifyInstance } from 'fastify';
import type { ReadAccount } from '../core/reads/look-up.ts';
import { type ReadRow, RowRefusal } from '../core/reads/row.ts';
import { markAsCallersOwn } from './cache-headers.ts';
import { type CallerParts, callOf, identifyCaller, recordAccount, tellLimit } from './caller.ts';
import { watchCaller } from './caller-watch.ts';
import { entityTagOf, namesEntityTag } from './entity-tag.ts';
import { appliedPreferences, readPreferences, waitMsOf } from './preferences.ts';
import { readQueryParameters } from './query-parameters.ts';
import { forbidsCachedRows, speculativeRetryOf } from './request-headers.ts';
import { rowDocumentation } from './row-documentation.ts';
import { type TableParameters, tableParameters } from './table-parameters.ts';

export interface RowRouteParts extends CallerParts {
  readonly readRow: ReadRow;
}

/** The query has no schema here: the core checks it against the table, doubles included. */
export function addRowRoute(app: FastifyInstance, parts: RowRouteParts): void {
  app.route<{ Params: TableParameters }>({
    method: 'GET',
    url: '/v1/:keyspace/:table/row',
    config: { documentation: { ...rowDocumentation, params: tableParameters } },
    onRequest: (request, reply, done) => {
      markAsCallersOwn(reply);
      identifyCaller(parts, request, reply, 'read');
      done();
    },
    handler: async (request, reply) => {
      const { keyspace, table } = request.params;
      const { exchange, application } = callOf(request, keyspace, table);
      const preferences = readPreferences(request.headers);
      const tell = (account: ReadAccount, ageMs: number | undefined, retryAfterMs?: number): void => {
        recordAccount(parts, request, reply, account);
        tellLimit(parts, reply, application, 'read', retryAfterMs);
        const heeded = { handling: false, wait: account.quota !== undefined };
        const applied = appliedPreferences(preferences, heeded);
        if (applied !== undefined) reply.header('preference-applied', applied);
        if (ageMs !== undefined) reply.header('age', String(Math.floor(ageMs / 1_000)));
      };
      const reading = parts.readRow({
        application,
        keyspace,
        table,
        parameters: readQueryParameters(request.raw.url ?? ''),
        deadlineMs: exchange.deadlineMs,
        traceparent: exchange.trace?.traceparent,
        speculativeRetry: speculativeRetryOf(request.headers),
        noCache: forbidsCachedRows(request.headers),
        waitMs: waitMsOf(preferences),
        caller: watchCaller(reply.raw),
      });
      const answer = await reading.catch((refusal: unknown) => {
        if (refusal instanceof RowRefusal) {
          tell(refusal.account, refusal.ageMs, refusal.limits?.retryAfterMs);
        }
        throw refusal;
      });
      tell(answer.account, answer.ageMs);
      const tag = entityTagOf(answer.body);
      reply.header('etag', tag);
      if (namesEntityTag(request.headers['if-none-match'], tag)) {
        reply.code(304);
        // Given nothing to leave out, the framework would tell HEAD that the row has no bytes.
        if (request.method !== 'HEAD') return reply.send();
      }
      return reply.header('content-type', 'application/json').send(Buffer.from(answer.body));
    },
  });
}
