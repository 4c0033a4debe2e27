import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Application, Operation } from '../core/applications.ts';
import type { Clock } from '../core/ports.ts';
import type { ReadAccount } from '../core/reads/look-up.ts';
import type { Bounds } from '../core/reads/settings.ts';
import type { Authenticator } from './authenticate.ts';
import { cacheStatusOf } from './cache-status.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { timeoutMsOf, wantsDebug } from './request-headers.ts';

export interface CallerParts {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly bounds: Bounds;
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
  operation: Operation | undefined,
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

/** For a handler behind `identifyCaller`; also notes the table, where its name is not the caller's invention. */
export function callOf(request: FastifyRequest, keyspace: string, table: string): Call {
  const exchange = exchangeOf(request);
  const { application } = exchange;
  if (application === undefined) throw new Error('the route was reached without authentication');
  const name = `${keyspace}.${table}`;
  if (application.grants.has(name)) exchange.table = name;
  return { exchange, application };
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
  const { cache, cacheHits, cassandraMs } = account;
  // Finding rows in the cache takes too little to be timed: what it found is told instead.
  const found = cache?.use === 'read' ? `cache;desc="${cacheHits} of ${cache.keys} keys", ` : '';
  reply.header(
    'server-timing',
    `${found}cassandra;dur=${cassandraMs.toFixed(2)}, total;dur=${totalMs.toFixed(2)}`,
  );
}
