import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { documentRoute } from './documentation.ts';
import { sendJson } from './json-answer.ts';
import { usageViewSchema } from './limit-schemas.ts';
import { readQuery } from './query-fields.ts';
import type { RouteParts } from './route-parts.ts';

const windowSeconds = { least: 1, most: 300, usual: 60 };

export function addUsageRoutes(app: FastifyInstance, { administration: { limits } }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'getUsage',
    tag: 'limits',
    summary: 'What the whole fleet admitted and refused, by application and operation',
    answer: 'UsageView',
    query: Type.Object({
      window: Type.Optional(
        Type.Integer({
          minimum: windowSeconds.least,
          maximum: windowSeconds.most,
          default: windowSeconds.usual,
          description: 'Seconds, without the present one',
        }),
      ),
    }),
    problems: ['invalid-request', 'limiter-unavailable'],
  });
  app.get('/admin/v1/usage', { config: { needs: 'viewing', documentation } }, async (request, reply) => {
    const seconds = readQuery(request.query, ['window']).wholeNumber('window', windowSeconds);
    return sendJson(reply, usageViewSchema, await limits.usage(seconds));
  });
}
