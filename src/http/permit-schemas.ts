import { type Static, Type } from '@fastify/type-provider-typebox';
import { operations } from '../core/applications.ts';
import { permitBounds } from '../core/throttle/permit-bounds.ts';
import { problemResponses } from '../web/problem-responses.ts';
import { callProblems } from './refused-call.ts';
import {
  callerSecurity,
  callHeaders,
  rateLimitHeaders,
  requestIdHeader,
  sessionHeader,
} from './request-header-schemas.ts';

const exampleId = '7d444840-9dc0-11d1-b245-5ffdce74fad2';

/** Described, not checked: what is no UUID names no permit. */
export const permitParameters = Type.Object({
  permitId: Type.String({ description: 'As given when it was taken', examples: [exampleId] }),
});
export type PermitParameters = Static<typeof permitParameters>;

const units = { type: 'integer', minimum: 1, maximum: permitBounds.mostUnits };
const milliseconds = { type: 'integer', minimum: 0 };

const permit = {
  type: 'object',
  required: ['granted', 'expiresInMs', 'nextInMs'],
  properties: {
    granted: { ...units, description: 'Of the units asked for; at least one' },
    expiresInMs: {
      ...milliseconds,
      description: 'So long they may be used or given back; 0 where an id is repeated whose time is over',
    },
    nextInMs: {
      ...milliseconds,
      description: 'Further units could be had then; 0: all were granted, or there are further ones by now',
    },
  },
};

const common = {
  tags: ['limits'],
  security: callerSecurity,
};

export const permitSchemas = { Permit: permit };

export const takePermitDocumentation = {
  operationId: 'takePermit',
  summary: 'Take units for a job that talks to Cassandra by itself',
  description:
    'As many units as the limits give now, from the same limits as all requests. The same `permitId` is charged once: who repeats it within a minute is told what it was given the first time.',
  ...common,
  headers: { type: 'object', properties: { ...callHeaders, ...sessionHeader } },
  body: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['operation', 'units', 'permitId'],
          additionalProperties: false,
          properties: {
            operation: {
              type: 'string',
              enum: [...operations],
              description: 'One that the application is granted on some table',
            },
            units: { ...units, description: 'Wanted; fewer may be granted' },
            permitId: { type: 'string', format: 'uuid', description: 'A new one for each permit' },
          },
          examples: [{ operation: 'scan', units: 5000, permitId: exampleId }],
        },
      },
    },
  },
  response: {
    200: {
      description: 'At least one unit was granted',
      headers: { ...requestIdHeader, ...rateLimitHeaders },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Permit' },
          examples: { part: { value: { granted: 1200, expiresInMs: 1000, nextInMs: 310 } } },
        },
      },
    },
    ...problemResponses([
      ...callProblems,
      'operation-not-granted',
      'impossible',
      'session-required',
      'over-quota',
      'application-paused',
    ]),
  },
};

export const returnPermitDocumentation = {
  operationId: 'returnPermit',
  summary: 'Give back units that were not used',
  description: 'Once for a permit, while it has not expired. The rest counts as used.',
  ...common,
  headers: { type: 'object', properties: callHeaders },
  body: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['units'],
          additionalProperties: false,
          properties: { units: { ...units, description: 'At most what was granted counts' } },
          examples: [{ units: 200 }],
        },
      },
    },
  },
  response: {
    200: {
      description: 'They are given back to all limits',
      headers: requestIdHeader,
      content: {
        'application/json': {
          schema: { type: 'object', required: ['returned'], properties: { returned: units } },
          examples: { returned: { value: { returned: 200 } } },
        },
      },
    },
    ...problemResponses([...callProblems, 'not-found']),
  },
};
