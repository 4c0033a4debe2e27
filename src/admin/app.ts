import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { Administration } from '../core/administration.ts';
import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Readiness } from '../core/readiness.ts';
import { collectAllowedMethods } from '../web/allowed-methods.ts';
import { createClientErrors } from '../web/client-errors.ts';
import { addHealthRoutes } from '../web/health-routes.ts';
import { refuseUnclearHost } from '../web/host-header.ts';
import { acceptJsonBodies } from '../web/json-body.ts';
import { addOpenApi } from '../web/open-api.ts';
import { addProblemPages } from '../web/problem-pages.ts';
import { replyWithProblem, toRequestError } from '../web/problem-reply.ts';
import { requestIdOf } from '../web/request-id.ts';
import { type Identity, serverOptions } from '../web/tls.ts';
import { type AdminAccess, challenge } from './access.ts';
import { addApplicationRoutes } from './application-routes.ts';
import { type Audit, createAudit } from './audit.ts';
import { toBodyFault } from './body-fault.ts';
import { addCacheRoutes } from './cache-routes.ts';
import { addClusterRoutes } from './cluster-routes.ts';
import { addConfigurationRoutes } from './configuration-routes.ts';
import { answerSchemas } from './documentation.ts';
import { beginExchange, type Exchange, exchangeDecorator, exchangeOf } from './exchange.ts';
import { addGuardRoutes } from './guard-routes.ts';
import { addHomePage } from './home-page.ts';
import { addLimitRoutes } from './limit-routes.ts';
import { addMetricsRoute, type MetricsText } from './metrics-route.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { guardRoute } from './route-guard.ts';
import { addUsageRoutes } from './usage-routes.ts';

export interface AdminAppOptions {
  readonly administration: Administration;
  readonly metricsText: MetricsText;
  readonly readiness: () => Readiness;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Of Weir. */
  readonly version: string;
  /** Names beside `localhost` under which this port is reached. Asked at each request. */
  readonly hosts: () => ReadonlySet<string>;
  /** Asked at each request. */
  readonly access: () => AdminAccess;
  /** Absent: plain HTTP. */
  readonly tls?: Identity | undefined;
}

const bodyBytes = 1_048_576;
const arrivalTimeoutMs = 30_000;
const idleConnectionMs = 120_000;
/** Longer than any part of an address of this port. */
const longestParameter = 256;

/** The admin port. Not listening yet; `close()` answers what is under way and refuses what still comes. */
export function buildAdminApp(options: AdminAppOptions): FastifyInstance {
  const { administration, clock, logger, readiness } = options;
  const audit = createAudit(logger);
  const clientErrors = createClientErrors();
  const app: FastifyInstance = Fastify({
    // The framework's own log lines quote addresses and messages; ours is written in `exchange.ts`.
    logger: false,
    genReqId: (request) => requestIdOf(request.headers),
    requestIdHeader: false,
    bodyLimit: bodyBytes,
    requestTimeout: arrivalTimeoutMs,
    connectionTimeout: idleConnectionMs,
    return503OnClosing: false,
    routerOptions: { maxParamLength: longestParameter },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    ...serverOptions(options.tls),
    clientErrorHandler: clientErrors.answer,
    // No route, and so no hook and no decorator, has seen such a request.
    frameworkErrors: (error, request, reply) =>
      answerError(error, logger, beginExchange(options, request, reply), reply),
  });
  clientErrors.watch(app.server);
  app.decorateRequest(exchangeDecorator, null);
  app.setErrorHandler((error, request, reply) => {
    const exchange = exchangeOf(request);
    answerError(error, logger, exchange, reply);
    auditRefusal(audit, exchange, reply);
  });
  acceptJsonBodies(app);
  refuseEarly(app, options);
  addOpenApi(app, {
    title: 'Weir, admin port',
    description: 'Health, metrics, configuration and operation of one instance.',
    version: options.version,
    schemas: answerSchemas,
  });
  addHealthRoutes(app, readiness);
  addProblemPages(app);
  addHomePage(app, options.version);
  addMetricsRoute(app, options.metricsText, clock);
  const parts = { administration, readiness, audit, clock };
  addConfigurationRoutes(app, parts);
  addClusterRoutes(app, parts);
  addCacheRoutes(app, parts);
  addLimitRoutes(app, parts);
  addApplicationRoutes(app, parts);
  addGuardRoutes(app, parts);
  addUsageRoutes(app, parts);
  addOperationRoutes(app, parts);
  return app;
}

/** What needs no body is decided before the body is read. */
function refuseEarly(app: FastifyInstance, options: AdminAppOptions): void {
  const allowedMethods = collectAllowedMethods(app);
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    request.setDecorator(exchangeDecorator, beginExchange(options, request, reply));
    refuseUnclearHost(request.raw);
    guardRoute(request, reply, { hosts: lowerCased(options.hosts()), allowedMethods });
    if (closing) throw new RequestError('draining', 'this instance takes no further requests');
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A caller that keeps its connection would come back to an instance that is gone.
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}

function lowerCased(names: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].map((name) => name.toLowerCase()));
}

function answerError(error: unknown, logger: Logger, exchange: Exchange, reply: FastifyReply): void {
  const refusal = toBodyFault(error) ?? toRequestError(error);
  exchange.problem = refusal?.slug ?? 'internal';
  if (refusal !== undefined) {
    if (refusal.slug === 'unauthenticated') reply.header('www-authenticate', challenge);
    replyWithProblem(reply, refusal.slug, refusal.detail, refusal.faults);
    return;
  }
  // By name only: a message could carry a value.
  const name = error instanceof Error ? error.name : typeof error;
  logger.error({ requestId: reply.request.id, error: name }, 'a request of the admin port failed');
  replyWithProblem(reply, 'internal', 'an unexpected fault; the log has the request id');
}

function auditRefusal(audit: Audit, { caller, problem }: Exchange, reply: FastifyReply): void {
  const { change } = reply.request.routeOptions.config;
  if (change !== undefined) audit.refused(reply.request, caller, change, problem ?? 'internal');
}
