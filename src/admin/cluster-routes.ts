import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { RequestError } from '../core/errors.ts';
import type { Explanation } from '../core/reads/explanation.ts';
import { documentRoute } from './documentation.ts';
import { explanationSchema } from './explanation-schema.ts';
import { sendJson } from './json-answer.ts';
import type { RouteParts } from './route-parts.ts';
import { limitTime } from './time-limit.ts';
import { topologyViewSchema } from './topology-schema.ts';

/** Longer than any name that Cassandra or a configuration has. */
const longestName = 256;
const name = Type.String({ minLength: 1, maxLength: longestName });

const explainBodySchema = Type.Object(
  {
    application: name,
    keyspace: name,
    table: name,
    lookup: Type.Unknown({ description: 'The body of the look-up that is to be explained' }),
  },
  { additionalProperties: false },
);

export function addClusterRoutes(app: FastifyInstance, parts: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'getTopology',
    tag: 'cluster',
    summary: 'The cluster as this instance sees it',
    answer: 'TopologyView',
  });
  app.get('/admin/v1/topology', { config: { needs: 'viewing', documentation } }, (_request, reply) => {
    sendJson(reply, topologyViewSchema, parts.administration.topology());
  });
  addExplainRoute(app, parts);
}

function addExplainRoute(app: FastifyInstance, { administration, clock }: RouteParts): void {
  const documentation = documentRoute({
    operationId: 'explainLookUp',
    tag: 'cluster',
    summary: 'What a look-up would do now: groups, owners and expected time; nothing is sent',
    answer: 'Explanation',
    problems: [
      'invalid-request',
      'operation-not-granted',
      'role-required',
      'not-found',
      'too-large',
      'unsupported-media-type',
      'impossible',
      'not-ready',
      'deadline-exceeded',
    ],
  });
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .post(
      '/admin/v1/explain',
      { schema: { body: explainBodySchema }, config: { needs: 'viewing', documentation } },
      async (request, reply) => {
        const { application, keyspace, table, lookup } = request.body;
        const work = administration.explain({ application, keyspace, table, body: lookup });
        const explanation = await limitTime(clock, work.catch(pointIntoLookUp<Explanation>));
        return sendJson(reply, explanationSchema, explanation);
      },
    );
}

/** The faults of a look-up point into its own body, which is a member of this one. */
function pointIntoLookUp<Result>(error: unknown): Result {
  if (!(error instanceof RequestError)) throw error;
  const faults = error.faults.map(({ pointer, detail }) => ({ pointer: `/lookup${pointer}`, detail }));
  throw new RequestError(error.slug, error.detail, faults);
}
