import { consistencies } from '../core/ports.ts';
import { problemSchema } from '../web/problem-responses.ts';

const key = { type: 'object', minProperties: 1, description: 'Values by the name of the column' };

/** The forms of a write for OpenAPI; the core is what checks them. */
const writeRequest = {
  type: 'object',
  required: ['rows'],
  additionalProperties: false,
  properties: {
    rows: {
      type: 'array',
      minItems: 1,
      description: 'Where two change the same cell, the later one wins',
      items: {
        oneOf: [
          {
            type: 'object',
            description: 'Writes a row, whether it is there or not',
            required: ['values'],
            additionalProperties: false,
            properties: {
              values: {
                type: 'object',
                minProperties: 1,
                description:
                  'The whole primary key, and what is to change: a column that is left out stays as it is, null deletes its value. With static columns only, the partition key is enough',
              },
              ttlSeconds: {
                type: 'integer',
                minimum: 1,
                maximum: 630_720_000,
                description: 'What is written is gone after so long; when left out, as the table has it',
              },
            },
          },
          {
            type: 'object',
            description: 'Deletes a row, by its whole primary key',
            required: ['delete'],
            additionalProperties: false,
            properties: { delete: key },
          },
          {
            type: 'object',
            description: 'Deletes all rows of a partition, by the partition key',
            required: ['deletePartition'],
            additionalProperties: false,
            properties: { deletePartition: key },
          },
        ],
      },
    },
    timestampMicros: {
      description:
        'Of the first row, µs since 1970; each further row has 1 µs more. At most 60 s ahead; chosen when left out. A request that is repeated with the one of its answer changes nothing twice',
      anyOf: [
        { type: 'integer', minimum: 0 },
        { type: 'string', pattern: '^[0-9]{1,19}$' },
      ],
    },
    consistency: {
      type: 'string',
      enum: [...consistencies],
      description: 'Where the table allows it; `LOCAL_QUORUM` when left out and allowed',
    },
  },
};

const writeResult = {
  description: 'What became of one row',
  oneOf: [
    {
      type: 'object',
      required: ['status'],
      properties: { status: { const: 'written' } },
    },
    {
      type: 'object',
      description:
        'Not acknowledged. It may be written all the same; to send it again with the same timestamp does no harm',
      required: ['status', 'error'],
      properties: {
        status: { const: 'error' },
        error: {
          type: 'object',
          required: ['type', 'title', 'retryable'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            retryable: { type: 'boolean' },
          },
        },
      },
    },
    {
      type: 'object',
      description: 'Never sent',
      required: ['status', 'reason'],
      properties: {
        status: { const: 'unprocessed' },
        reason: { type: 'string', enum: ['quota', 'deadline', 'overload'] },
      },
    },
  ],
};

const count = { type: 'integer', minimum: 0 };

const members = {
  results: {
    type: 'array',
    description: '`results[i]` answers `rows[i]`',
    items: { $ref: '#/components/schemas/WriteResult' },
  },
  summary: {
    type: 'object',
    description: 'The results by status',
    required: ['written', 'error', 'unprocessed'],
    properties: { written: count, error: count, unprocessed: count },
  },
  timestampMicros: {
    type: 'string',
    pattern: '^[0-9]+$',
    description: 'Of the first row, µs since 1970; each further row has 1 µs more',
  },
  warnings: {
    type: 'array',
    items: { type: 'string' },
    description: 'Such as other instances that could not be told of the write',
  },
};

const writeAnswer = {
  type: 'object',
  required: ['results', 'summary', 'timestampMicros'],
  properties: {
    ...members,
    retryAfterMs: {
      type: 'integer',
      minimum: 0,
      description: 'Where rows are `unprocessed: quota`: when there are units again, if anybody knows',
    },
    reason: problemSchema.properties.reason,
    slowedTo: problemSchema.properties.slowedTo,
  },
};

const writeProblem = {
  ...problemSchema,
  description: 'A problem of RFC 9457; where rows were taken it tells what became of each',
  properties: { ...problemSchema.properties, ...members },
};

export const writeSchemas = {
  WriteRequest: writeRequest,
  WriteResult: writeResult,
  WriteAnswer: writeAnswer,
  WriteProblem: writeProblem,
};
