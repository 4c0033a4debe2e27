import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Readiness } from '../core/readiness.ts';
import type { LookUp } from '../core/reads/look-up.ts';
import type { Bounds } from '../core/reads/settings.ts';
import type { Authenticator } from './authenticate.ts';
import { answerClientError } from './client-error.ts';
import { beginExchange, type Exchange, exchangeDecorator, exchangeOf } from './exchange.ts';
import { addHealthRoutes } from './health-routes.ts';
import { acceptJsonBodies } from './json-body.ts';
import { addLookUpRoute } from './look-up-route.ts';
import { addProblemPages } from './problem-pages.ts';
import { replyWithProblem, toRequestError } from './problem-reply.ts';
import { requestIdOf } from './request-headers.ts';
import type { RequestMetrics } from './request-metrics.ts';

export interface DataAppOptions {
  readonly lookUp: LookUp;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly bounds: Bounds;
  readonly readiness: () => Readiness;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  /** For requests that name no timeout; 1,000 when left out. */
  readonly defaultTimeoutMs?: number;
}

/** A request that has not arrived as a whole by then is given up, also where no deadline is known of yet. */
const arrivalTimeoutMs = 30_000;
/** A connection on which nothing moves. Longer than the longest deadline and than load balancers keep idle connections. */
const idleConnectionMs = 120_000;
/** Longer than any name that Cassandra allows. */
const longestParameter = 256;

/** The data port. Not listening yet; `close()` answers what is under way and refuses what still comes. */
export function buildDataApp(options: DataAppOptions): FastifyInstance {
  const { logger } = options;
  const answerError = (error: unknown, exchange: Exchange, reply: FastifyReply): void => {
    const refusal = toRequestError(error);
    exchange.problem = refusal?.slug ?? 'internal';
    if (refusal !== undefined) {
      replyWithProblem(reply, refusal.slug, refusal.detail, refusal.faults);
      return;
    }
    // By name only: a message could carry CQL or a value.
    const name = error instanceof Error ? error.name : typeof error;
    logger.error({ requestId: reply.request.id, error: name }, 'a request failed for a fault of its own');
    replyWithProblem(reply, 'internal', 'an unexpected fault; the log has the request id');
  };
  const app = Fastify({
    // The framework's own log lines quote addresses and messages; ours is written in `exchange.ts`.
    logger: false,
    genReqId: (request) => requestIdOf(request.headers),
    requestIdHeader: false,
    bodyLimit: options.bounds.bodyBytes,
    requestTimeout: arrivalTimeoutMs,
    connectionTimeout: Math.max(idleConnectionMs, 2 * options.bounds.timeoutMs),
    return503OnClosing: false,
    routerOptions: { maxParamLength: longestParameter },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    clientErrorHandler: answerClientError,
    // No route, and so no hook and no decorator, has seen such a request.
    frameworkErrors: (error, request, reply) =>
      answerError(error, beginExchange(options, request, reply), reply),
  });
  app.decorateRequest(exchangeDecorator, null);
  app.setErrorHandler((error, request, reply) => answerError(error, exchangeOf(request), reply));
  acceptJsonBodies(app);
  refuseEarly(app, options);
  addHealthRoutes(app, options.readiness);
  addProblemPages(app);
  addLookUpRoute(app, { ...options, defaultTimeoutMs: options.defaultTimeoutMs ?? 1_000 });
  return app;
}

/** What needs no body is decided before the body is read. */
function refuseEarly(app: FastifyInstance, options: DataAppOptions): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    request.setDecorator(exchangeDecorator, beginExchange(options, request, reply));
    if (request.is404) done(new RequestError('not-found', 'no such address, or not with this method'));
    else if (closing) done(new RequestError('draining', 'this instance takes no further requests'));
    else done();
  });
}
