import type { FastifyInstance } from 'fastify';
import type { DescribeTable } from '../core/reads/table-description.ts';
import { markAsCallersOwn } from './cache-headers.ts';
import { type CallerParts, callOf, identifyCaller } from './caller.ts';
import { tableDocumentation } from './table-documentation.ts';
import { type TableParameters, tableParameters } from './table-parameters.ts';

export interface TableRouteParts extends CallerParts {
  readonly describe: DescribeTable;
}

/** Of no operation: whoever may do anything with a table may know what it is made of. */
export function addTableRoute(app: FastifyInstance, parts: TableRouteParts): void {
  app.route<{ Params: TableParameters }>({
    method: 'GET',
    url: '/v1/:keyspace/:table',
    config: { documentation: { ...tableDocumentation, params: tableParameters } },
    onRequest: (request, reply, done) => {
      markAsCallersOwn(reply);
      identifyCaller(parts, request, reply, undefined);
      done();
    },
    handler: async (request, reply) => {
      const { keyspace, table } = request.params;
      const { exchange, application } = callOf(request, keyspace, table);
      const { deadlineMs } = exchange;
      const body = await parts.describe({ application, keyspace, table, deadlineMs });
      return reply.header('content-type', 'application/json').send(Buffer.from(body));
    },
  });
}
