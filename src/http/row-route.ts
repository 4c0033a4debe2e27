import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ReadRow, RowRefusal } from '../core/reads/row.ts';
import { markAsCallersOwn } from './cache-headers.ts';
import { type CallerParts, callOf, identifyCaller, recordAccount } from './caller.ts';
import { entityTagOf, namesEntityTag } from './entity-tag.ts';
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
      const reading = parts.readRow({
        application,
        keyspace,
        table,
        parameters: readQueryParameters(request.raw.url ?? ''),
        deadlineMs: exchange.deadlineMs,
        traceparent: exchange.trace?.traceparent,
        speculativeRetry: speculativeRetryOf(request.headers),
        noCache: forbidsCachedRows(request.headers),
      });
      const answer = await reading.catch((refusal: unknown) => {
        if (refusal instanceof RowRefusal) {
          recordAccount(parts, request, reply, refusal.account);
          tellAge(reply, refusal.ageMs);
        }
        throw refusal;
      });
      recordAccount(parts, request, reply, answer.account);
      tellAge(reply, answer.ageMs);
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

function tellAge(reply: FastifyReply, ageMs: number | undefined): void {
  if (ageMs !== undefined) reply.header('age', String(Math.floor(ageMs / 1_000)));
}
