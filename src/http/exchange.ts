import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Application } from '../core/applications.ts';
import type { ProblemSlug } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { ReadAccount } from '../core/reads/look-up.ts';
import type { QuotaAccount } from '../core/reads/quota-bill.ts';
import type { Bounds } from '../core/reads/settings.ts';
import type { ScanAccount } from '../core/scans/scan.ts';
import type { LimitedOperation } from '../core/throttle/limit.ts';
import type { WriteAccount } from '../core/writes/write.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { readTraceContext, type TraceContext } from './trace-context.ts';
import type { TransferWatch } from './transfer-watch.ts';

/** What has become known of a request so far; the log line and the metrics are made of it. */
export interface Exchange {
  readonly method: string;
  /**
   * The route's own pattern, `/v1/:keyspace/:table/lookup`, and not what the caller wrote; undefined where there is
   * none.
   */
  readonly route: string | undefined;
  readonly arrivedMs: number;
  readonly trace: TraceContext | undefined;
  /** On the clock of `arrivedMs`, where the route has one. */
  deadlineMs: number;
  /** Stops the timer that guards the arrival of the body. */
  bodyArrived: () => void;
  application: Application | undefined;
  operation: LimitedOperation | undefined;
  /** `keyspace.table`, only where something is granted on it: other names are the caller's invention. */
  table: string | undefined;
  account: ReadAccount | undefined;
  scan: ScanAccount | undefined;
  write: WriteAccount | undefined;
  /** Parts from a caller who does not read its answer. */
  readonly transfer: TransferGuard;
  problem: ProblemSlug | undefined;
  /** The name of a fault of Weir's own; its message could carry CQL or a value. */
  fault: string | undefined;
}

/** An answer that is sent piece by piece has the time of its guard for each piece. */
export interface TransferGuard {
  /** There is a piece that the caller is to take. */
  renew(): void;
  /** There is none: the caller is not at fault. */
  hold(): void;
}

export interface ExchangeParts {
  readonly bounds: Pick<Bounds, 'timeoutMs'>;
  readonly clock: Clock;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  readonly transfers: TransferWatch;
}

/** The name that the exchange has among the request's decorators. */
export const exchangeDecorator = 'exchange';

/** For a request to arrive and its answer to be read, beyond the longest time that one may ask for. */
const slowestTransferMs = 60_000;
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
    method: request.method,
    route: request.is404 ? undefined : request.routeOptions.url,
    arrivedMs: parts.clock.nowMs(),
    trace: readTraceContext(request.headers),
    deadlineMs: Number.POSITIVE_INFINITY,
    bodyArrived: () => {},
    application: undefined,
    operation: undefined,
    table: undefined,
    account: undefined,
    scan: undefined,
    write: undefined,
    transfer: isProbe(request) ? unguarded : guardTransfer(parts, request),
    problem: undefined,
    fault: undefined,
  };
  reply.header('x-request-id', request.id);
  // A probe each second from every side says nothing of the traffic.
  if (isProbe(request)) return exchange;
  parts.metrics.requestStarted();
  exchange.transfer.renew();
  reply.raw.once('close', () => {
    exchange.transfer.hold();
    const status = reply.raw.writableEnded ? reply.raw.statusCode : clientClosedStatus;
    endExchange(parts, exchange, request.id, status);
  });
  return exchange;
}

const unguarded: TransferGuard = { renew() {}, hold() {} };

/** Whoever does not read the answer must not hold it for ever: it lies in memory until then. */
function guardTransfer(
  { transfers, bounds }: Pick<ExchangeParts, 'transfers' | 'bounds'>,
  request: FastifyRequest,
): TransferGuard {
  let cancel = (): void => {};
  return {
    renew() {
      cancel();
      cancel = transfers.begin(bounds.timeoutMs + slowestTransferMs, () => request.raw.socket.destroy());
    },
    hold: () => cancel(),
  };
}

export function isProbe(request: FastifyRequest): boolean {
  const route = request.routeOptions.url;
  return route === '/livez' || route === '/readyz';
}

function endExchange(parts: ExchangeParts, exchange: Exchange, requestId: string, status: number): void {
  const { application, operation, table } = exchange;
  const durationMs = parts.clock.nowMs() - exchange.arrivedMs;
  parts.metrics.requestEnded({
    application: application?.name,
    className: application?.className,
    operation,
    table,
    status,
    durationMs,
  });
  const level = exchange.fault === undefined ? 'info' : 'error';
  if (!parts.logger.isLevelEnabled(level)) return;
  parts.logger[level](describeExchange(exchange, requestId, status, durationMs), 'request');
}

/** Names and counts: what is asked for and what is found stay out of the log. */
function describeExchange(exchange: Exchange, requestId: string, status: number, durationMs: number): object {
  const { method, route, application, operation, table, problem, fault, trace } = exchange;
  return {
    requestId,
    traceId: trace?.traceId,
    method,
    route,
    application: application?.name,
    class: application?.className,
    operation,
    table,
    ...describeRead(exchange.account),
    ...describeScan(exchange.scan),
    ...describeWrite(exchange.write),
    status,
    problem,
    fault,
    durationMs: roundToHundredths(durationMs),
  };
}

function describeRead(account: ReadAccount | undefined): object {
  if (account === undefined) return {};
  const { keys, found, missing, error, unprocessed, groups, hedges, cacheHits, joined } = account;
  return {
    ...{ keys, found, missing, error, unprocessed, groups, hedges, cacheHits },
    stale: account.cache?.stale,
    joined,
    ...describeQuota(account.quota),
    cassandraMs: roundToHundredths(account.cassandraMs),
  };
}

function describeScan(account: ScanAccount | undefined): object {
  if (account === undefined) return {};
  const { rows, pages, retries, waitedMs, outcome } = account;
  return { rows, pages, retries, outcome, waitedMs: roundToHundredths(waitedMs) };
}

function describeWrite(account: WriteAccount | undefined): object {
  if (account === undefined) return {};
  const { rows, written, error, unprocessed, retries } = account;
  return {
    ...{ rows, written, error, unprocessed, retries },
    ...describeQuota(account.quota),
    cassandraMs: roundToHundredths(account.cassandraMs),
  };
}

function describeQuota(quota: QuotaAccount | undefined): object {
  if (quota === undefined) return {};
  return {
    unitsUsed: quota.used,
    unitsRefused: quota.refused,
    waitedMs: roundToHundredths(quota.waitedMs),
  };
}

function roundToHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
