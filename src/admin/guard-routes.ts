import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { documentRoute } from './documentation.ts';
import { exchangeOf } from './exchange.ts';
import { guardOverrideSchema, guardViewSchema } from './guard-schemas.ts';
import { sendJson } from './json-answer.ts';
import { readQuery } from './query-fields.ts';
import type { RouteParts } from './route-parts.ts';

const url = '/admin/v1/guard';

export function addGuardRoutes(app: FastifyInstance, parts: RouteParts): void {
  addView(app, parts);
  addOverride(app, parts);
}

function addView(app: FastifyInstance, { administration: { guard } }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'getGuard',
    tag: 'limits',
    summary: 'What the guard sees, and how far it slows whom',
    answer: 'GuardView',
    problems: ['invalid-request'],
  });
  app.get(url, { config: { needs: 'viewing', documentation } }, async (request, reply) => {
    readQuery(request.query, []);
    return sendJson(reply, guardViewSchema, await guard.view());
  });
}

function addOverride(app: FastifyInstance, { administration: { guard }, audit }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'overrideGuard',
    tag: 'limits',
    summary: 'Sets the factor in place of the guard, on every instance of the fleet, or gives it back to it',
    description: 'In force everywhere within two seconds, and kept until it is taken back by `null`.',
    answer: 'GuardView',
    problems: [
      'invalid-request',
      'role-required',
      'too-large',
      'unsupported-media-type',
      'limiter-unavailable',
    ],
  });
  app.put<{ Body: Static<typeof guardOverrideSchema> }>(
    url,
    {
      schema: { body: guardOverrideSchema },
      config: { needs: 'operator', change: 'guard', documentation },
    },
    async (request, reply) => {
      readQuery(request.query, []);
      const { caller } = exchangeOf(request);
      const before = (await guard.view()).override;
      const view = await guard.override(request.body.factor, `${caller.role} ${caller.keyPrefix}`);
      audit.done(request, caller, 'guard', { override: before }, { override: view.override });
      return sendJson(reply, guardViewSchema, view);
    },
  );
}
