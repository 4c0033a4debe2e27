import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { cacheStatsSchema, purgeBodySchema, purgeReportSchema } from './cache-schemas.ts';
import { documentRoute } from './documentation.ts';
import { exchangeOf } from './exchange.ts';
import { sendJson } from './json-answer.ts';
import type { RouteParts } from './route-parts.ts';

/** Described, not checked: they are text in any case. */
const tableParameters = Type.Object({
  keyspace: Type.String({ description: 'Exact, as in the schema', examples: ['shop'] }),
  table: Type.String({ description: 'Exact, as in the schema', examples: ['products'] }),
});

export function addCacheRoutes(app: FastifyInstance, parts: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'getCache',
    tag: 'cache',
    summary: 'What the row cache holds and did',
    answer: 'CacheStats',
  });
  app.get('/admin/v1/cache', { config: { needs: 'viewing', documentation } }, async (_request, reply) =>
    sendJson(reply, cacheStatsSchema, await parts.administration.cache.stats()),
  );
  addPurgeRoute(app, parts);
}

function addPurgeRoute(app: FastifyInstance, { administration, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'purgeCache',
    tag: 'cache',
    summary:
      'Drops cached rows of a table, on every instance of the fleet: all of them, or those of the keys that are named',
    description:
      'A bad key refuses the whole, and nothing is dropped. Reads under way are not kept either. Where Redis cannot be reached, this instance drops them alone and says so. The room that a whole table took is used again as new rows come, not at once.',
    answer: 'PurgeReport',
    parameters: tableParameters,
    problems: [
      'invalid-request',
      'role-required',
      'not-found',
      'too-large',
      'unsupported-media-type',
      'not-ready',
      'deadline-exceeded',
    ],
  });
  app.delete<{ Params: Static<typeof tableParameters>; Body: Static<typeof purgeBodySchema> }>(
    '/admin/v1/cache/:keyspace/:table',
    {
      schema: { body: purgeBodySchema },
      config: { needs: 'operator', change: 'cache-purge', documentation },
      preValidation: (request, _reply, done) => {
        // `null` is a body, and not a table's whole cache.
        if (request.body === undefined) request.body = {};
        done();
      },
    },
    async (request, reply) => {
      const { keyspace, table } = request.params;
      const { keys } = request.body;
      const what = { keyspace, table, ...(keys === undefined ? {} : { keys }) };
      const report = await administration.cache.purge(what);
      // How many keys, and never which: they are values of rows.
      const asked = { table: `${keyspace}.${table}`, keys: keys?.length ?? 'all' };
      audit.done(request, exchangeOf(request).caller, 'cache-purge', asked, report);
      return sendJson(reply, purgeReportSchema, report);
    },
  );
}
