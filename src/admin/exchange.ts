import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ProblemSlug } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { type AdminAccess, type Caller, identify } from './access.ts';

/** What is known of a request of the admin port. */
export interface Exchange {
  readonly arrivedMs: number;
  readonly caller: Caller;
  /** As it was when the request arrived. */
  readonly access: AdminAccess;
  problem: ProblemSlug | undefined;
}

export interface ExchangeParts {
  readonly access: () => AdminAccess;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The name that the exchange has among the request's decorators. */
export const exchangeDecorator = 'exchange';

export function exchangeOf(request: FastifyRequest): Exchange {
  return request.getDecorator<Exchange>(exchangeDecorator);
}

/** Begins the record of a request; its log line is written when the response closes, also without an answer. */
export function beginExchange(parts: ExchangeParts, request: FastifyRequest, reply: FastifyReply): Exchange {
  const access = parts.access();
  const exchange: Exchange = {
    arrivedMs: parts.clock.nowMs(),
    caller: identify(request.headers, access),
    access,
    problem: undefined,
  };
  reply.header('x-request-id', request.id);
  // Nothing here is for pages of other sites, nor to be guessed at.
  reply.header('x-content-type-options', 'nosniff');
  reply.header('cross-origin-resource-policy', 'same-origin');
  reply.header('referrer-policy', 'no-referrer');
  reply.raw.once('close', () => {
    parts.logger.debug(
      {
        requestId: request.id,
        method: request.method,
        // The pattern and not the address, which the caller invents.
        route: request.routeOptions.url,
        role: exchange.caller.role,
        status: reply.raw.writableEnded ? reply.raw.statusCode : undefined,
        problem: exchange.problem,
        durationMs: Math.round((parts.clock.nowMs() - exchange.arrivedMs) * 100) / 100,
      },
      'admin request',
    );
  });
  return exchange;
}
