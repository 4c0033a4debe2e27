import type { FastifyInstance, FastifyReply } from 'fastify';
import { readPermitRequest, readReturnedUnits } from '../core/throttle/permit-request.ts';
import type { PermitService } from '../core/throttle/permit-service.ts';
import type { PolicyState } from '../core/throttle/throttle.ts';
import { type CallerParts, callerOf } from './caller.ts';
import {
  type PermitParameters,
  permitParameters,
  returnPermitDocumentation,
  takePermitDocumentation,
} from './permit-schemas.ts';
import { createRateLimitEncoder } from './rate-limit-headers.ts';
import { replyWithRefusal } from './refused-call.ts';
import { smallBodyHooks } from './small-body.ts';

export interface PermitRouteParts extends CallerParts {
  /** Absent: there are none, and no routes for them. */
  readonly permits?: PermitService | undefined;
}

export function addPermitRoutes(app: FastifyInstance, parts: PermitRouteParts): void {
  const { permits } = parts;
  if (permits === undefined) return;
  const rateLimits = createRateLimitEncoder();
  const tellOwn = (reply: FastifyReply, holder: object, own: PolicyState, retryAfterMs?: number): void => {
    const { policy, limit } = rateLimits.encode(holder, own, retryAfterMs);
    reply.header('ratelimit-policy', policy).header('ratelimit', limit);
  };
  const hooks = smallBodyHooks(parts, undefined);
  app.route({
    method: 'POST',
    url: '/v1/permits',
    config: { documentation: takePermitDocumentation },
    ...hooks,
    handler: async (request, reply) => {
      const { application, exchange } = callerOf(request);
      const asked = readPermitRequest(request.body);
      exchange.operation = asked.operation;
      const session = request.headers['x-weir-session'];
      const sessionId = typeof session === 'string' ? session : undefined;
      const answer = await permits.take({ caller: application, sessionId, ...asked });
      if (answer.kind === 'refused') {
        if (answer.own !== undefined) tellOwn(reply, application, answer.own, answer.retryAfterMs);
        return replyWithRefusal(reply, answer);
      }
      if (answer.own !== undefined) tellOwn(reply, application, answer.own);
      const { units: granted, expiresInMs, nextInMs } = answer;
      return replyWithJson(reply, { granted, expiresInMs, nextInMs });
    },
  });
  app.route<{ Params: PermitParameters }>({
    method: 'POST',
    url: '/v1/permits/:permitId/return',
    config: { documentation: { ...returnPermitDocumentation, params: permitParameters } },
    ...hooks,
    handler: async (request, reply) => {
      const { application, exchange } = callerOf(request);
      const units = readReturnedUnits(request.body);
      const answer = await permits.giveBack(application, request.params.permitId, units);
      if (answer.kind === 'refused') return replyWithRefusal(reply, answer);
      exchange.operation = answer.operation;
      return replyWithJson(reply, { returned: answer.units });
    },
  });
}

function replyWithJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(body)));
}
