import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Application } from '../core/applications.ts';
import type { Clock } from '../core/ports.ts';
import type { ReadAccount } from '../core/reads/look-up.ts';
import type { Bounds } from '../core/reads/settings.ts';
import type { LimitedOperation } from '../core/throttle/limit.ts';
import type { Throttle } from '../core/throttle/throttle.ts';
import type { Authenticator } from './authenticate.ts';
import { cacheStatusOf } from './cache-status.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { createRateLimitEncoder } from './rate-limit-headers.ts';
import { timeoutMsOf, wantsDebug } from './request-headers.ts';

export interface CallerParts {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly bounds: Bounds;
  /** Absent: nobody is limited. */
  readonly standing?: Throttle['standing'] | undefined;
}

/** A request whose caller is known. */
export interface Call {
  readonly exchange: Exchange;
  readonly application: Application;
}

/** The first step of a route that answers applications: who asks, and until when. Throws a `RequestError`. */
export function identifyCaller(
  parts: CallerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  operation: LimitedOperation | undefined,
): Exchange {
  const exchange = exchangeOf(request);
  exchange.operation = operation;
  try {
    exchange.application = parts.authenticator.authenticate(
      request.headers,
      request.raw.socket.remoteAddress,
    );
  } catch (error) {
    reply.header('www-authenticate', parts.authenticator.challenge);
    throw error;
  }
  const { defaultTimeoutMs, timeoutMs } = parts.bounds;
  // The deadline counts from the arrival of the headers.
  exchange.deadlineMs = exchange.arrivedMs + timeoutMsOf(request.headers, defaultTimeoutMs, timeoutMs);
  return exchange;
}

/** For a handler behind `identifyCaller`. */
export function callerOf(request: FastifyRequest): Call {
  const exchange = exchangeOf(request);
  const { application } = exchange;
  if (application === undefined) throw new Error('the route was reached without authentication');
  return { exchange, application };
}

/** The same; also notes the table, where its name is not the caller's invention. */
export function callOf(request: FastifyRequest, keyspace: string, table: string): Call {
  const { exchange, application } = callerOf(request);
  const name = `${keyspace}.${table}`;
  if (application.grants.has(name)) exchange.table = name;
  return { exchange, application };
}

const rateLimits = createRateLimitEncoder();

/** `RateLimit-Policy` and `RateLimit` where the application has a limit of its own. `retryAfterMs` as the answer says it. */
export function tellLimit(
  { standing }: CallerParts,
  reply: FastifyReply,
  application: Application,
  operation: LimitedOperation,
  retryAfterMs?: number,
): void {
  const state = standing?.(application, operation);
  if (state === undefined) return;
  const { policy, limit } = rateLimits.encode(application, state, retryAfterMs);
  reply.header('ratelimit-policy', policy);
  reply.header('ratelimit', limit);
}

/** Notes what the answer took, tells in `Cache-Status` what the cache did, and more in `Server-Timing` to those who ask with `X-Debug: 1`. */
export function recordAccount(
  parts: CallerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  account: ReadAccount,
): void {
  const exchange = exchangeOf(request);
  exchange.account = account;
  const cacheStatus = cacheStatusOf(account);
  if (cacheStatus !== undefined) reply.header('cache-status', cacheStatus);
  if (!wantsDebug(request.headers)) return;
  const totalMs = parts.clock.nowMs() - exchange.arrivedMs;
  const { cache, cacheHits, cassandraMs, quota } = account;
  const asked = quota === undefined ? '' : `quota;dur=${quota.verdictMs.toFixed(2)}, `;
  // Finding rows in the cache takes too little to be timed: what it found is told instead.
  const found = cache?.use === 'read' ? `cache;desc="${cacheHits} of ${cache.keys} keys", ` : '';
  reply.header(
    'server-timing',
    `${asked}${found}cassandra;dur=${cassandraMs.toFixed(2)}, total;dur=${totalMs.toFixed(2)}`,
  );
}
