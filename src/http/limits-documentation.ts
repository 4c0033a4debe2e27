import { enforcements, limitedOperations, limitModes } from '../core/throttle/limit.ts';
import { problemResponses } from '../web/problem-responses.ts';
import { callerSecurity, callHeaders, requestIdHeader } from './request-header-schemas.ts';

const count = { type: 'integer', minimum: 0 };
const known = { type: ['integer', 'null'], minimum: 0 };

export const ownLimitsSchema = {
  type: 'object',
  description: "The caller's own limits",
  required: ['application', 'limits', 'paused'],
  properties: {
    application: { type: 'string' },
    limits: {
      type: 'array',
      description: 'One for each operation that has a limit',
      items: {
        type: 'object',
        required: [
          'operation',
          'policy',
          'rate',
          'burst',
          'remaining',
          'used',
          'fullInMs',
          'mode',
          'enforce',
        ],
        properties: {
          operation: { type: 'string', enum: [...limitedOperations] },
          policy: { type: 'string', description: 'Its name in `RateLimit` and `violated-policies`' },
          rate: { type: 'number', description: 'Units a second', exclusiveMinimum: 0 },
          burst: { type: 'integer', description: 'Units that may be used at once after a rest', minimum: 1 },
          remaining: { ...known, description: 'Units that could be had at once; null where not enforced' },
          used: { ...known, description: 'Units of the burst that are used' },
          fullInMs: { ...known, description: 'Until the whole burst could be had again' },
          mode: { type: 'string', enum: [...limitModes] },
          enforce: { type: 'string', enum: [...enforcements] },
          sessions: { ...count, description: 'Of `connect`: sessions held at once' },
        },
      },
    },
    paused: { type: 'boolean', description: 'An operator has paused the application' },
  },
};

export const limitsDocumentation = {
  operationId: 'ownLimits',
  summary: 'What limits the caller',
  description: 'Its own limits, used and remaining, as last known here. Costs no units. HEAD works as well.',
  tags: ['limits'],
  security: callerSecurity,
  headers: { type: 'object', properties: callHeaders },
  response: {
    200: {
      description: "The caller's own limits",
      headers: requestIdHeader,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/OwnLimits' } } },
    },
    ...problemResponses([
      'invalid-request',
      'unauthenticated',
      'cross-origin',
      'method-not-allowed',
      'host-not-allowed',
      'internal',
      'draining',
    ]),
  },
};
