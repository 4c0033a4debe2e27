import { problemResponses } from '../web/problem-responses.ts';
import { callerSecurity, callHeaders, requestIdHeader } from './request-header-schemas.ts';

export const standardSplits = 64;
export const mostSplits = 10_000;

const token = { type: 'string', pattern: '^-?[0-9]{1,19}$' };

const splitsSchema = {
  type: 'object',
  description: 'Ranges of tokens that cover a table once, in order',
  required: ['splits', 'ringEpoch'],
  properties: {
    splits: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['id', 'start', 'end', 'owners', 'estimatedRows'],
        properties: {
          id: { type: 'string', pattern: '^s[0-9]+$' },
          start: { ...token, description: 'Not part of the split; -2^63 in the first one' },
          end: { ...token, description: 'The last token of the split; 2^63 - 1 in the last one' },
          owners: {
            type: 'array',
            maxItems: 3,
            items: { type: 'string' },
            description:
              'Addresses of the nodes that have most of it, the best first: a hint for whoever runs beside them',
          },
          estimatedRows: {
            type: ['integer', 'null'],
            minimum: 0,
            description:
              'Partitions as the nodes estimate them, in tables with a clustering key fewer than rows; null where they estimate nothing, as for a table that was filled just now',
          },
        },
      },
    },
    ringEpoch: { type: 'integer', minimum: 0, description: 'Grows when the ring or a replication changes' },
  },
};

const example = {
  splits: [
    {
      id: 's0',
      start: '-9223372036854775808',
      end: '-64051194700380384',
      owners: ['10.0.0.11', '10.0.0.12'],
      estimatedRows: 15_480,
    },
    {
      id: 's1',
      start: '-64051194700380384',
      end: '9223372036854775807',
      owners: ['10.0.0.12', '10.0.0.11'],
      estimatedRows: 15_770,
    },
  ],
  ringEpoch: 4,
};

export const splitsDocumentation = {
  operationId: 'tellSplits',
  summary: 'Divide a table for a parallel scan',
  description:
    'As many ranges as wanted (within 20 % at least), of much the same size, ending where others own the data as far as that is possible. Each is scanned by itself; together they are the whole table. Costs no units. HEAD works as well.',
  tags: ['jobs'],
  security: callerSecurity,
  headers: { type: 'object', properties: callHeaders },
  querystring: {
    type: 'object',
    properties: {
      target: {
        type: 'integer',
        minimum: 1,
        maximum: mostSplits,
        default: standardSplits,
        description: 'Splits wanted',
      },
    },
  },
  response: {
    200: {
      description: 'The splits',
      headers: requestIdHeader,
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Splits' },
          examples: { two: { summary: '`?target=2`', value: example } },
        },
      },
    },
    ...problemResponses([
      'invalid-request',
      'unauthenticated',
      'operation-not-granted',
      'cross-origin',
      'not-found',
      'method-not-allowed',
      'host-not-allowed',
      'internal',
      'not-ready',
      'draining',
      'deadline-exceeded',
    ]),
  },
};

export const splitsSchemas = { Splits: splitsSchema };
