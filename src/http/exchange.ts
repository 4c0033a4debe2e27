import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Application, Operation } from '../core/applications.ts';
import type { ProblemSlug } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** What has become known of a request so far; the log line and the metrics are made of it. */
export interface Exchange {
  readonly arrivedMs: number;
  /** On the clock of `arrivedMs`, where the route has one. */
  deadlineMs: number;
  /** Stops the timer that guards the arrival of the body. */
  bodyArrived: () => void;
  application: Application | undefined;
  operation: Operation | undefined;
  /** `keyspace.table`, only where something is granted on it: other names are the caller's invention. */
  table: string | undefined;
  keys: number | undefined;
  groups: number | undefined;
  problem: ProblemSlug | undefined;
}

export interface ExchangeParts {
  readonly clock: Clock;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
}

/** The name that the exchange has among the request's decorators. */
export const exchangeDecorator = 'exchange';

/** Not sent, only recorded: the caller closed the connection before there was an answer. */
const clientClosedStatus = 499;

export function exchangeOf(request: FastifyRequest): Exchange {
  return request.getDecorator<Exchange>(exchangeDecorator);
}

/**
 * Begins the record of a request, with `X-Request-Id` on its answer. It ends when the response closes:
 * that comes once for each request, also when the caller goes away, so that what is in flight is counted right.
 */
export function beginExchange(parts: ExchangeParts, request: FastifyRequest, reply: FastifyReply): Exchange {
  const exchange: Exchange = {
    arrivedMs: parts.clock.nowMs(),
    deadlineMs: Number.POSITIVE_INFINITY,
    bodyArrived: () => {},
    application: undefined,
    operation: undefined,
    table: undefined,
    keys: undefined,
    groups: undefined,
    problem: undefined,
  };
  reply.header('x-request-id', request.id);
  // A probe each second from every side says nothing of the traffic.
  if (isProbe(request.routeOptions.url)) return exchange;
  parts.metrics.requestStarted();
  reply.raw.once('close', () => {
    const status = reply.raw.writableEnded ? reply.raw.statusCode : clientClosedStatus;
    endExchange(parts, exchange, request.id, status);
  });
  return exchange;
}

function endExchange(parts: ExchangeParts, exchange: Exchange, requestId: string, status: number): void {
  const { application, operation, table, keys, groups, problem } = exchange;
  const durationMs = parts.clock.nowMs() - exchange.arrivedMs;
  parts.metrics.requestEnded({
    application: application?.name,
    className: application?.className,
    operation,
    table,
    status,
    durationMs,
  });
  if (!parts.logger.isLevelEnabled('info')) return;
  parts.logger.info(
    {
      requestId,
      application: application?.name,
      operation,
      table,
      keys,
      groups,
      status,
      problem,
      durationMs: Math.round(durationMs * 100) / 100,
    },
    'request',
  );
}

function isProbe(route: string | undefined): boolean {
  return route === '/livez' || route === '/readyz';
}
