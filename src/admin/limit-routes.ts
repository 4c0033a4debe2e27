import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { RequestError } from '../core/errors.ts';
import type { LimitChanges, LimitsDifference } from '../core/throttle/limit-administration.ts';
import type { LimitChange } from '../core/throttle/limit-book.ts';
import { documentRoute } from './documentation.ts';
import { sendJson } from './json-answer.ts';
import {
  changeProblems,
  changeRequest,
  readChangeOptions,
  sendDifference,
  tagHeader,
} from './limit-exchange.ts';
import {
  anyChangesSchema,
  anyObjectSchema,
  limitChangeSchema,
  limitChangesSchema,
  limitsHistorySchema,
  limitsViewSchema,
  shownLimitSchema,
} from './limit-schemas.ts';
import { nothingSchema } from './operation-schemas.ts';
import { readQuery } from './query-fields.ts';
import type { RouteParts } from './route-parts.ts';

/** Described, not checked: they are text in any case, and the core knows which there are. */
const limitParameters = Type.Object({
  subject: Type.String({
    description: 'An application, `class:NAME` or `fleet:all`',
    examples: ['storefront'],
  }),
  operation: Type.String({ description: '`read`, `write`, `scan` or `connect`', examples: ['read'] }),
});
type LimitParameters = Static<typeof limitParameters>;

const historyLines = { least: 1, most: 1_000, usual: 50 };

export function addLimitRoutes(app: FastifyInstance, parts: RouteParts): void {
  addViews(app, parts);
  addHistoryRoute(app, parts);
  addChangesRoute(app, parts);
  addChangeRoute(app, parts);
  addTakeBackRoute(app, parts);
}

function addViews(app: FastifyInstance, { administration: { limits } }: RouteParts): void {
  const all = documentRoute({
    operationId: 'getLimits',
    tag: 'limits',
    summary: 'All limits: what holds, what the file says and what was set at run time',
    answer: 'LimitsView',
    answerHeaders: tagHeader,
    problems: ['invalid-request'],
  });
  app.get('/admin/v1/limits', { config: { needs: 'viewing', documentation: all } }, (request, reply) => {
    readQuery(request.query, []);
    const view = limits.view();
    sendJson(reply.header('etag', view.tag), limitsViewSchema, view);
  });
  const one = documentRoute({
    operationId: 'getLimit',
    tag: 'limits',
    summary: 'One limit; not found where neither the file nor anybody has set one',
    answer: 'ShownLimit',
    answerHeaders: tagHeader,
    parameters: limitParameters,
    problems: ['invalid-request', 'not-found'],
  });
  app.get<{ Params: LimitParameters }>(
    '/admin/v1/limits/:subject/:operation',
    { config: { needs: 'viewing', documentation: one } },
    (request, reply) => {
      readQuery(request.query, []);
      const view = limits.view();
      const id = idOf(request.params);
      const shown = view.limits.find((limit) => limit.id === id);
      if (shown === undefined) throw new RequestError('not-found', 'there is no such limit');
      sendJson(reply.header('etag', view.tag), shownLimitSchema, shown);
    },
  );
}

function addHistoryRoute(app: FastifyInstance, { administration: { limits } }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'getLimitsHistory',
    tag: 'limits',
    summary: 'Who set what at run time, the newest first',
    answer: 'LimitsHistory',
    query: Type.Object({
      most: Type.Optional(
        Type.Integer({
          minimum: historyLines.least,
          maximum: historyLines.most,
          default: historyLines.usual,
        }),
      ),
    }),
    problems: ['invalid-request', 'limiter-unavailable'],
  });
  app.get(
    '/admin/v1/limits-history',
    { config: { needs: 'viewing', documentation } },
    async (request, reply) => {
      const most = readQuery(request.query, ['most']).wholeNumber('most', historyLines);
      return sendJson(reply, limitsHistorySchema, { lines: await limits.history(most) });
    },
  );
}

function addChangesRoute(app: FastifyInstance, { administration: { limits }, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'changeLimits',
    tag: 'limits',
    summary: 'Sets limits at run time on every instance of the fleet: all that are named, or none',
    description:
      'In force everywhere within a second. One bad member refuses the whole, and nothing is changed.',
    answer: 'LimitsDifference',
    answerHeaders: tagHeader,
    body: limitChangesSchema,
    ...changeRequest,
    problems: changeProblems,
  });
  app.put<{ Body: { readonly limits: LimitChanges } }>(
    '/admin/v1/limits',
    {
      schema: { body: anyChangesSchema },
      config: { needs: 'operator', change: 'limits', documentation },
    },
    async (request, reply) => {
      const difference = await limits.change(request.body.limits, readChangeOptions(request));
      return sendDifference(request, reply, { audit, change: 'limits', difference });
    },
  );
}

function addChangeRoute(app: FastifyInstance, { administration: { limits }, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'changeLimit',
    tag: 'limits',
    summary: 'Sets one limit at run time on every instance of the fleet',
    description: 'In place of what was set before for this limit; in force everywhere within a second.',
    answer: 'LimitsDifference',
    answerHeaders: tagHeader,
    parameters: limitParameters,
    body: limitChangeSchema,
    ...changeRequest,
    problems: changeProblems,
  });
  app.put<{ Params: LimitParameters; Body: LimitChange }>(
    '/admin/v1/limits/:subject/:operation',
    {
      schema: { body: anyObjectSchema },
      config: { needs: 'operator', change: 'limits', documentation },
    },
    async (request, reply) => {
      const changes = { [idOf(request.params)]: request.body };
      const difference = await limits.change(changes, readChangeOptions(request)).catch(pointIntoOne);
      return sendDifference(request, reply, { audit, change: 'limits', difference });
    },
  );
}

function addTakeBackRoute(app: FastifyInstance, { administration: { limits }, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'unsetLimit',
    tag: 'limits',
    summary: 'Takes back what was set at run time for one limit: the file holds again',
    answer: 'LimitsDifference',
    answerHeaders: tagHeader,
    parameters: limitParameters,
    ...changeRequest,
    problems: changeProblems,
  });
  app.delete<{ Params: LimitParameters }>(
    '/admin/v1/limits/:subject/:operation',
    {
      schema: { body: nothingSchema },
      config: { needs: 'operator', change: 'limits', documentation },
      preValidation: (request, _reply, done) => {
        request.body ??= {};
        done();
      },
    },
    async (request, reply) => {
      const changes = { [idOf(request.params)]: null };
      const difference = await limits.change(changes, readChangeOptions(request)).catch(pointIntoOne);
      return sendDifference(request, reply, { audit, change: 'limits', difference });
    },
  );
}

function idOf({ subject, operation }: LimitParameters): string {
  return `${subject}/${operation}`;
}

/** The faults of one limit among several, where the body is that limit and its name is in the address. */
function pointIntoOne(error: unknown): LimitsDifference {
  if (!(error instanceof RequestError)) throw error;
  const faults = error.faults.map(({ pointer, detail }) => ({
    pointer: pointer.replace(/^\/limits(?:\/[^/]*)?/, ''),
    detail,
  }));
  throw new RequestError(error.slug, error.detail, error.slug === 'not-found' ? [] : faults);
}
