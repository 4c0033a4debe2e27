import { type Static, Type } from '@fastify/type-provider-typebox';
import { sessionTimes } from '../core/throttle/session-service.ts';
import { problemResponses, problemSchema } from '../web/problem-responses.ts';
import { callProblems } from './refused-call.ts';
import { callerSecurity, callHeaders, requestIdHeader } from './request-header-schemas.ts';

/** Described, not checked: what is no id of a session names none. */
export const sessionParameters = Type.Object({
  sessionId: Type.String({ description: 'As answered when it was opened', examples: [exampleId()] }),
});
export type SessionParameters = Static<typeof sessionParameters>;

const session = {
  type: 'object',
  required: ['sessionId', 'expiresInMs'],
  properties: {
    sessionId: { type: 'string', description: 'For `X-Weir-Session`', pattern: '^[A-Za-z0-9_-]{22}$' },
    expiresInMs: { type: 'integer', description: 'It ends then, unless it is renewed', minimum: 1 },
  },
};

const sessionProblem = {
  ...problemSchema,
  description: 'A problem of RFC 9457; of `over-quota` with its reason',
  properties: {
    ...problemSchema.properties,
    reason: {
      type: 'string',
      enum: ['connect-rate', 'connect-sessions'],
      description: 'Sessions are opened too fast, or as many are held as may be',
    },
  },
};

export const sessionSchemas = { Session: session, SessionProblem: sessionProblem };

const body = {
  content: {
    'application/json': {
      schema: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ttlSeconds: {
            type: 'integer',
            minimum: sessionTimes.shortest,
            maximum: sessionTimes.longest,
            default: sessionTimes.default,
            description: 'From now on',
          },
        },
        examples: [{ ttlSeconds: 30 }],
      },
    },
  },
};

const common = {
  tags: ['limits'],
  security: callerSecurity,
  headers: { type: 'object', properties: callHeaders },
};

const held = {
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Session' },
      examples: { session: { value: { sessionId: exampleId(), expiresInMs: 30_000 } } },
    },
  },
};

export const openSessionDocumentation = {
  operationId: 'openSession',
  summary: 'Open a session',
  description: 'Counts as one unit of `connect`. The body may be left out.',
  ...common,
  body,
  response: {
    201: {
      description: 'It is held until it expires or is closed',
      headers: {
        ...requestIdHeader,
        Location: { type: 'string', description: 'Where it is renewed and closed' },
      },
      ...held,
    },
    ...problemResponses([...callProblems, 'over-quota', 'application-paused'], {
      $ref: '#/components/schemas/SessionProblem',
    }),
  },
};

export const renewSessionDocumentation = {
  operationId: 'renewSession',
  summary: 'Renew a session',
  description: 'Costs no units. One that has ended is not taken up again. The body may be left out.',
  ...common,
  body,
  response: {
    200: { description: 'It is held for that long from now on', headers: requestIdHeader, ...held },
    ...problemResponses([...callProblems, 'not-found']),
  },
};

export const closeSessionDocumentation = {
  operationId: 'closeSession',
  summary: 'Close a session',
  ...common,
  response: {
    204: { description: 'Its place is free', type: 'null', headers: requestIdHeader },
    ...problemResponses([...callProblems, 'not-found']),
  },
};

function exampleId(): string {
  return 'Vf0cH1tq6mRkZ2bS9xWdLA';
}
