import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { LimitRefusal } from '../core/problem-document.ts';
import type { Readiness } from '../core/readiness.ts';
import type { LookUp } from '../core/reads/look-up.ts';
import { type ReadRow, RowRefusal } from '../core/reads/row.ts';
import type { Bounds } from '../core/reads/settings.ts';
import type { DescribeTable } from '../core/reads/table-description.ts';
import type { Scan } from '../core/scans/scan.ts';
import type { TellSplits } from '../core/scans/splits.ts';
import type { TellOwnLimits } from '../core/throttle/own-limits.ts';
import type { PermitService } from '../core/throttle/permit-service.ts';
import type { SessionService } from '../core/throttle/session-service.ts';
import type { Throttle } from '../core/throttle/throttle.ts';
import type { Write } from '../core/writes/write.ts';
import { collectAllowedMethods, refuseAddress } from '../web/allowed-methods.ts';
import { refuseForeignPages } from '../web/browser-guard.ts';
import { createClientErrors } from '../web/client-errors.ts';
import { addHealthRoutes } from '../web/health-routes.ts';
import { refuseUnclearHost } from '../web/host-header.ts';
import { acceptJsonBodies } from '../web/json-body.ts';
import { addOpenApi } from '../web/open-api.ts';
import { addProblemPages } from '../web/problem-pages.ts';
import { replyWithProblem, toRequestError } from '../web/problem-reply.ts';
import { requestIdOf } from '../web/request-id.ts';
import { type Identity, serverOptions } from '../web/tls.ts';
import type { Authenticator } from './authenticate.ts';
import {
  beginExchange,
  type Exchange,
  type ExchangeParts,
  exchangeDecorator,
  exchangeOf,
  isProbe,
} from './exchange.ts';
import { ownLimitsSchema } from './limits-documentation.ts';
import { addLimitsRoute } from './limits-route.ts';
import { addLookUpRoute } from './look-up-route.ts';
import { lookUpSchemas } from './look-up-schemas.ts';
import { addPermitRoutes } from './permit-routes.ts';
import { permitSchemas } from './permit-schemas.ts';
import { callerSecuritySchemes } from './request-header-schemas.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { addRowRoute } from './row-route.ts';
import { addScanRoute } from './scan-route.ts';
import { scanSchemas } from './scan-schemas.ts';
import { addSessionRoutes } from './session-routes.ts';
import { sessionSchemas } from './session-schemas.ts';
import { splitsSchemas } from './splits-documentation.ts';
import { addSplitsRoute } from './splits-route.ts';
import { tableDescriptionSchema } from './table-documentation.ts';
import { addTableRoute } from './table-route.ts';
import { createTransferWatch } from './transfer-watch.ts';
import { addWriteRoute } from './write-route.ts';
import { writeSchemas } from './write-schemas.ts';

export interface DataAppOptions {
  readonly lookUp: LookUp;
  readonly readRow: ReadRow;
  readonly describe: DescribeTable;
  /** Where a limit stands, for headers; absent: nobody is limited. */
  readonly standing?: Throttle['standing'] | undefined;
  /** What an application is told of its limits; absent: it has none. */
  readonly limits?: TellOwnLimits | undefined;
  /** Absent: no routes for them. */
  readonly sessions?: SessionService | undefined;
  readonly permits?: PermitService | undefined;
  readonly scan?: Scan | undefined;
  readonly tellSplits?: TellSplits | undefined;
  readonly write?: Write | undefined;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  /** Read at each request, but for `bodyBytes`, which is read once. */
  readonly bounds: Bounds;
  readonly readiness: () => Readiness;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  readonly version: string;
  /** Plain HTTP when left out. */
  readonly tls?: Identity | undefined;
  /**
   * For a port that takes the word of callers on this machine, where a browser is one of them: the names beside
   * `localhost` and addresses under which it may be called, lower-case; pages of other origins are refused.
   */
  readonly allowedHosts?: (() => ReadonlySet<string> | undefined) | undefined;
  /** Whether the shutdown has begun: answers then close their connections. It also begins with `close()`. */
  readonly draining?: (() => boolean) | undefined;
}

/** A request that has not arrived as a whole by then is given up, also where no deadline is known of yet. */
const arrivalTimeoutMs = 30_000;
/**
 * A connection on which nothing moves. Twice the longest deadline that can be configured, and longer than load
 * balancers keep idle connections.
 */
const idleConnectionMs = 600_000;
/** Longer than any name that Cassandra allows. */
const longestParameter = 256;

/** The data port. Not listening yet; `close()` answers what is under way and refuses what still comes. */
export function buildDataApp(options: DataAppOptions): FastifyInstance {
  const clientErrors = createClientErrors();
  const exchangeParts: ExchangeParts = { ...options, transfers: createTransferWatch(options.clock) };
  const app: FastifyInstance = Fastify({
    // The framework's own log lines quote addresses and messages; ours is written in `exchange.ts`.
    logger: false,
    ...serverOptions(options.tls),
    genReqId: (request) => requestIdOf(request.headers),
    requestIdHeader: false,
    bodyLimit: options.bounds.bodyBytes,
    requestTimeout: arrivalTimeoutMs,
    connectionTimeout: idleConnectionMs,
    return503OnClosing: false,
    routerOptions: { maxParamLength: longestParameter },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    clientErrorHandler: clientErrors.answer,
    // No route, and so no hook and no decorator, has seen such a request.
    frameworkErrors: (error, request, reply) =>
      answerError(error, beginExchange(exchangeParts, request, reply), reply),
  });
  clientErrors.watch(app.server);
  app.decorateRequest(exchangeDecorator, null);
  app.setErrorHandler((error, request, reply) => answerError(error, exchangeOf(request), reply));
  acceptJsonBodies(app);
  refuseEarly(app, options, exchangeParts);
  addOpenApi(app, {
    title: 'Weir, data port',
    description: 'Look-ups of rows in Apache Cassandra.',
    version: options.version,
    securitySchemes: callerSecuritySchemes,
    schemas: {
      ...lookUpSchemas,
      TableDescription: tableDescriptionSchema,
      OwnLimits: ownLimitsSchema,
      ...sessionSchemas,
      ...permitSchemas,
      ...splitsSchemas,
      ...scanSchemas,
      ...writeSchemas,
    },
  });
  addHealthRoutes(app, options.readiness);
  addProblemPages(app);
  addLimitsRoute(app, options);
  addSessionRoutes(app, options);
  addPermitRoutes(app, options);
  addTableRoute(app, options);
  addRowRoute(app, options);
  addLookUpRoute(app, options);
  addSplitsRoute(app, options);
  addScanRoute(app, options);
  addWriteRoute(app, options);
  return app;
}

function answerError(error: unknown, exchange: Exchange, reply: FastifyReply): void {
  const refusal = toRequestError(error);
  exchange.problem = refusal?.slug ?? 'internal';
  if (refusal !== undefined) {
    const isByLimits = refusal instanceof LimitRefusal || refusal instanceof RowRefusal;
    const limits = isByLimits ? refusal.limits : undefined;
    replyWithProblem(reply, refusal.slug, refusal.detail, refusal.faults, limits);
    return;
  }
  exchange.fault = error instanceof Error ? error.name : typeof error;
  replyWithProblem(reply, 'internal', 'an unexpected fault; the log has the request id');
}

/** What needs no body is decided before the body is read. */
function refuseEarly(app: FastifyInstance, options: DataAppOptions, exchangeParts: ExchangeParts): void {
  const { allowedHosts, draining } = options;
  const allowedMethods = collectAllowedMethods(app);
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    request.setDecorator(exchangeDecorator, beginExchange(exchangeParts, request, reply));
    refuseUnclearHost(request.raw);
    const names = allowedHosts?.();
    if (names !== undefined && !isProbe(request)) {
      refuseForeignPages(request.headers, names, request.protocol);
    }
    if (request.is404) refuseAddress(reply, allowedMethods(request.url));
    if (closing) throw new RequestError('draining', 'this instance takes no further requests');
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A caller that keeps its connection would come back to an instance that is gone.
    if (closing || draining?.() === true) reply.header('connection', 'close');
    done(null, payload);
  });
}
