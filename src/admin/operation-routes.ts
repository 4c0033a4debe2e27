import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { documentRoute } from './documentation.ts';
import { exchangeOf } from './exchange.ts';
import { sendJson } from './json-answer.ts';
import { drainReportSchema, logLevelSchema, nothingSchema } from './operation-schemas.ts';
import type { RouteParts } from './route-parts.ts';

export function addOperationRoutes(app: FastifyInstance, parts: RouteParts): void {
  addLogLevelRoutes(app, parts);
  addDrainRoute(app, parts);
}

function addLogLevelRoutes(app: FastifyInstance, { administration: { logLevel }, audit }: RouteParts): void {
  const viewing = documentRoute({
    operationId: 'getLogLevel',
    tag: 'operation',
    summary: 'The level of the log',
    answer: 'LogLevel',
  });
  app.get(
    '/admin/v1/log-level',
    { config: { needs: 'viewing', documentation: viewing } },
    (_request, reply) => {
      sendJson(reply, logLevelSchema, { level: logLevel.get() });
    },
  );
  const changing = documentRoute({
    operationId: 'setLogLevel',
    tag: 'operation',
    summary: 'Sets the level of the log; the configuration stays as it is',
    answer: 'LogLevel',
    problems: ['invalid-request', 'role-required', 'too-large', 'unsupported-media-type'],
  });
  app.withTypeProvider<TypeBoxTypeProvider>().put(
    '/admin/v1/log-level',
    {
      schema: { body: logLevelSchema },
      config: { needs: 'operator', change: 'log-level', documentation: changing },
    },
    (request, reply) => {
      const before = logLevel.get();
      logLevel.set(request.body.level);
      const after = logLevel.get();
      audit.done(request, exchangeOf(request).caller, 'log-level', before, after);
      sendJson(reply, logLevelSchema, { level: after });
    },
  );
}

function addDrainRoute(app: FastifyInstance, { administration, readiness, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'drain',
    tag: 'operation',
    summary: 'Begins the shutdown: unready at once, requests in flight are answered, then the process ends',
    description: 'Answers before it is done; a second call changes nothing.',
    answer: 'DrainReport',
    status: 202,
    problems: ['invalid-request', 'role-required', 'too-large', 'unsupported-media-type'],
  });
  app.post(
    '/admin/v1/drain',
    {
      schema: { body: nothingSchema },
      config: { needs: 'operator', change: 'drain', documentation },
      preValidation: (request, _reply, done) => {
        request.body ??= {};
        done();
      },
    },
    async (request, reply) => {
      const before = { ready: readiness().ready };
      const { inFlight } = await administration.drain();
      const after = { ready: readiness().ready, inFlight };
      audit.done(request, exchangeOf(request).caller, 'drain', before, after);
      return sendJson(reply.code(202), drainReportSchema, { inFlight });
    },
  );
}
