import { consistencies } from '../core/ports.ts';
import { problemSchema } from '../web/problem-responses.ts';

/** The forms of a look-up for OpenAPI; the core is what checks them. */
const lookUpRequest = {
  type: 'object',
  required: ['keys'],
  additionalProperties: false,
  properties: {
    keys: {
      type: 'array',
      minItems: 1,
      description: 'A key of one column may be bare; an object names its columns',
      items: { type: ['string', 'number', 'boolean', 'array', 'object'] },
    },
    columns: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string' },
      description: 'All that the application may see when left out',
    },
    limitPerKey: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 100,
      description: 'Rows of a partition',
    },
    consistency: { type: 'string', enum: [...consistencies], description: 'Where the table allows it' },
  },
};

const source = {
  type: 'string',
  enum: ['cassandra', 'cache', 'joined', 'stale'],
  description:
    'With `X-Debug: 1`. `joined`: by a read that another request had begun; `stale`: kept beyond its time, because Cassandra failed',
};
const ageMs = {
  type: 'integer',
  minimum: 0,
  description: 'With `X-Debug: 1`: since the read began, to the answer',
};
const noRows = { type: 'array', maxItems: 0 };

const lookUpResult = {
  description: 'What became of one key',
  oneOf: [
    {
      type: 'object',
      required: ['status', 'rows'],
      properties: {
        status: { const: 'found' },
        rows: {
          type: 'array',
          items: { type: 'object' },
          description: 'One or more; none where a strict request was refused',
        },
        truncated: { type: 'boolean', description: 'The partition has more rows than `limitPerKey`' },
        source,
        ageMs,
      },
    },
    {
      type: 'object',
      required: ['status', 'rows'],
      properties: { status: { const: 'missing' }, rows: noRows, source, ageMs },
    },
    {
      type: 'object',
      description: 'Tried and failed',
      required: ['status', 'rows', 'error'],
      properties: {
        status: { const: 'error' },
        rows: noRows,
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
      description: 'Never tried',
      required: ['status', 'rows', 'reason'],
      properties: {
        status: { const: 'unprocessed' },
        rows: noRows,
        reason: { type: 'string', enum: ['quota', 'deadline', 'overload', 'size'] },
      },
    },
  ],
};

const count = { type: 'integer', minimum: 0 };

const results = {
  type: 'array',
  description: '`results[i]` answers `keys[i]`',
  items: { $ref: '#/components/schemas/LookUpResult' },
};

const summary = {
  type: 'object',
  description: 'The results by status',
  required: ['found', 'missing', 'error', 'unprocessed'],
  properties: { found: count, missing: count, error: count, unprocessed: count },
};

const meta = {
  type: 'object',
  description: 'With `X-Debug: 1`',
  properties: {
    groups: count,
    groupKeys: { type: 'array', items: count },
    retried: { ...count, description: 'Messages sent again to another owner after an error' },
    hedged: { ...count, description: 'Messages sent to another owner because an answer was slow' },
    cacheHits: { ...count, description: 'Distinct keys that the cache answered with fresh rows' },
    stale: {
      ...count,
      description: 'Distinct keys answered beyond their time, because Cassandra failed them',
    },
    joined: { ...count, description: 'Distinct keys that reads of other requests answered' },
    datacenter: { type: ['string', 'null'] },
    ringEpoch: count,
  },
};

const warnings = { type: 'array', items: { type: 'string' }, description: 'Such as columns left out' };

const lookUpAnswer = {
  type: 'object',
  required: ['results', 'summary'],
  properties: {
    results,
    summary,
    retryAfterMs: {
      type: 'integer',
      minimum: 0,
      description: 'Where keys are `unprocessed: quota`: when there are units again, if anybody knows',
    },
    reason: problemSchema.properties.reason,
    slowedTo: problemSchema.properties.slowedTo,
    warnings,
    meta,
  },
};

const lookUpProblem = {
  ...problemSchema,
  description: 'A problem of RFC 9457; where keys were tried it tells what became of each',
  properties: { ...problemSchema.properties, results, summary, warnings, meta },
};

export const lookUpSchemas = {
  LookUpRequest: lookUpRequest,
  LookUpResult: lookUpResult,
  LookUpAnswer: lookUpAnswer,
  LookUpProblem: lookUpProblem,
};
