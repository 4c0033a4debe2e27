import type { FastifyInstance } from 'fastify';
import { RequestError } from '../core/errors.ts';
import type { TellSplits } from '../core/scans/splits.ts';
import { markAsCallersOwn } from './cache-headers.ts';
import { type CallerParts, callOf, identifyCaller } from './caller.ts';
import { readQueryParameters } from './query-parameters.ts';
import { mostSplits, splitsDocumentation, standardSplits } from './splits-documentation.ts';
import { type TableParameters, tableParameters } from './table-parameters.ts';

export interface SplitsRouteParts extends CallerParts {
  /** Absent: no route for them. */
  readonly tellSplits?: TellSplits | undefined;
}

/** Of those who may scan, and of no cost: it is asked once a job. */
export function addSplitsRoute(app: FastifyInstance, parts: SplitsRouteParts): void {
  const { tellSplits } = parts;
  if (tellSplits === undefined) return;
  app.route<{ Params: TableParameters }>({
    method: 'GET',
    url: '/v1/:keyspace/:table/splits',
    config: { documentation: { ...splitsDocumentation, params: tableParameters } },
    onRequest: (request, reply, done) => {
      markAsCallersOwn(reply);
      identifyCaller(parts, request, reply, 'scan');
      done();
    },
    handler: async (request, reply) => {
      const { keyspace, table } = request.params;
      const { exchange, application } = callOf(request, keyspace, table);
      const { deadlineMs } = exchange;
      const target = targetOf(request.raw.url ?? '');
      const body = await tellSplits({ application, keyspace, table, deadlineMs, target });
      return reply.header('content-type', 'application/json').send(Buffer.from(body));
    },
  });
}

/** Throws a `RequestError` for a query that is anything but one `target`. */
function targetOf(url: string): number {
  const parameters = readQueryParameters(url);
  if (parameters.some(([name]) => name !== 'target')) {
    throw new RequestError('invalid-request', 'splits take target and no other parameter');
  }
  const [given, double] = parameters;
  if (double !== undefined) throw new RequestError('invalid-request', 'target is given more than once');
  if (given === undefined) return standardSplits;
  const target = /^[0-9]{1,5}$/.test(given[1]) ? Number(given[1]) : 0;
  if (target < 1 || target > mostSplits) {
    throw new RequestError('invalid-request', `target must be a whole number from 1 to ${mostSplits}`);
  }
  return target;
}
