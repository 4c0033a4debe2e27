import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { type ProblemSlug, problems, RequestError } from '../core/errors.ts';
import { encodeProblem, problemMediaType } from '../core/problem-document.ts';
import { encodeReadiness, type Readiness } from '../core/readiness.ts';
import { isAllowedHost } from './host-check.ts';

export interface AdminAppOptions {
  /** The metrics as text, with the media type of that text. */
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly readiness: () => Readiness;
  readonly logger: Logger;
  /** Names beside `localhost` under which this port is reached. */
  readonly hosts?: readonly string[];
}

const arrivalTimeoutMs = 30_000;
const idleConnectionMs = 120_000;

/** The admin port: health and metrics. Not listening yet. */
export function buildAdminApp(options: AdminAppOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestTimeout: arrivalTimeoutMs,
    connectionTimeout: idleConnectionMs,
    frameworkErrors: (_error, _request, reply) =>
      replyWithProblem(reply, 'invalid-request', 'the address is malformed'),
  });
  const hosts = new Set((options.hosts ?? []).map((host) => host.toLowerCase()));
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isAllowedHost(request.headers.host, hosts)) {
      done(new RequestError('invalid-request', 'the Host header names none of the hosts of this port'));
    } else if (request.is404) {
      done(new RequestError('not-found', 'no such address, or not with this method'));
    } else {
      done();
    }
  });
  answerErrors(app, options.logger);
  addHealthRoutes(app, options.readiness);
  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await options.metricsText();
    return reply.header('content-type', contentType).send(Buffer.from(body));
  });
  return app;
}

function answerErrors(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    let slug: ProblemSlug = 'internal';
    let detail = 'an unexpected fault; the log has the request id';
    if (error instanceof RequestError) {
      ({ slug, detail } = error);
    } else {
      // By name only: a message could carry a value.
      const name = error instanceof Error ? error.name : typeof error;
      logger.error({ requestId: request.id, error: name }, 'a request of the admin port failed');
    }
    replyWithProblem(reply, slug, detail);
  });
}

function replyWithProblem(reply: FastifyReply, slug: ProblemSlug, detail: string): void {
  const body = encodeProblem(slug, detail, reply.request.id);
  reply.code(problems[slug].status).header('content-type', problemMediaType).send(Buffer.from(body));
}

function addHealthRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  app.get('/livez', (_request, reply) => {
    reply.header('content-type', 'application/json').send(Buffer.from('{"live":true}'));
  });
  app.get('/readyz', (request, reply) => {
    const verbose = Object.hasOwn(Object(request.query), 'verbose');
    const { status, body } = encodeReadiness(readiness(), verbose);
    reply.code(status).header('content-type', 'application/json').send(Buffer.from(body));
  });
}
