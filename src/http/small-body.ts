import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LimitedOperation } from '../core/throttle/limit.ts';
import { refuseContentEncoding } from '../web/json-body.ts';
import { limitBodyTime } from './body-time.ts';
import { type CallerParts, identifyCaller } from './caller.ts';
import { exchangeOf } from './exchange.ts';

/** The hooks of a route that takes a JSON body of a few fields, which the core checks; its answers are nobody else's and not to be kept. */
export function smallBodyHooks(parts: CallerParts, operation: LimitedOperation | undefined) {
  return {
    onRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
      reply.header('cache-control', 'no-store');
      const exchange = identifyCaller(parts, request, reply, operation);
      refuseContentEncoding(request.headers);
      exchange.bodyArrived = limitBodyTime(parts.clock, request, reply, exchange);
      done();
    },
    preValidation(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
      exchangeOf(request).bodyArrived();
      done();
    },
  };
}
