import type { FastifyInstance } from 'fastify';
import type { TellOwnLimits } from '../core/throttle/own-limits.ts';
import { markAsCallersOwn } from './cache-headers.ts';
import { type CallerParts, callerOf, identifyCaller } from './caller.ts';
import { limitsDocumentation } from './limits-documentation.ts';

export interface LimitsRouteParts extends CallerParts {
  readonly limits?: TellOwnLimits | undefined;
}

/** Of no operation, and it costs nothing: whoever is limited may know how far. */
export function addLimitsRoute(app: FastifyInstance, parts: LimitsRouteParts): void {
  const unlimited: TellOwnLimits = ({ name }) => ({ application: name, limits: [], paused: false });
  const tell = parts.limits ?? unlimited;
  app.route({
    method: 'GET',
    url: '/v1/limits',
    config: { documentation: limitsDocumentation },
    onRequest: (request, reply, done) => {
      markAsCallersOwn(reply);
      identifyCaller(parts, request, reply, undefined);
      done();
    },
    handler: async (request, reply) => {
      const body = JSON.stringify(tell(callerOf(request).application));
      return reply.header('content-type', 'application/json').send(Buffer.from(body));
    },
  });
}
