import { consistencies } from '../core/ports.ts';
import { problemSchema } from '../web/problem-responses.ts';

/** The forms of a scan for OpenAPI; the core is what checks them. */
const token = {
  type: 'string',
  pattern: '^-?[0-9]{1,19}$',
  description: 'A token of Murmur3Partitioner, from -2^63 to 2^63 - 1',
};

const range = {
  type: 'object',
  required: ['start', 'end'],
  additionalProperties: false,
  description: 'Rows whose token is above `start` and at most `end`, as a split has it',
  properties: { start: token, end: token },
};

const cursor = {
  type: 'string',
  description: 'As an earlier answer gave it; of use to the same application, for the same table',
};

const scanRequest = {
  type: 'object',
  additionalProperties: false,
  description: 'Without `range`, `key` and `cursor`: the whole table',
  properties: {
    range,
    key: {
      type: ['string', 'number', 'boolean', 'array', 'object'],
      description: 'The key of one partition, as in a look-up, in place of `range`',
    },
    columns: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string' },
      description: 'All that the application may see when left out',
    },
    pageSize: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 1000,
      description: 'Most rows of a page, which is read at once and paid for at once',
    },
    limit: { type: 'integer', minimum: 1, description: 'Most rows of the answer' },
    cursor: {
      ...cursor,
      description:
        'Goes on where an earlier answer was; it knows range or key, columns and consistency, which may be left out then',
    },
    consistency: { type: 'string', enum: [...consistencies], description: 'Where the table allows it' },
  },
};

const count = { type: 'integer', minimum: 0 };
const rows = {
  ...count,
  description: 'Up to here, with those before the cursor that the request went on from',
};

const restart = {
  type: 'object',
  description: 'Of `cursor-stale`: what to scan anew, `range` or `key` of a request',
  properties: { range, key: {} },
};

/** One line of the answer: an object with one member. */
const scanLine = {
  description: 'One line: a row, one that cannot be read, a checkpoint, or the last one, `end` or `error`',
  oneOf: [
    {
      type: 'object',
      required: ['row'],
      properties: { row: { type: 'object', description: 'The columns by name; `null` where unset' } },
    },
    {
      type: 'object',
      required: ['unreadable'],
      properties: {
        unreadable: {
          type: 'object',
          description:
            'A row with stored values that have no JSON form; it counts as a row, and the scan goes on',
          required: ['columns', 'row'],
          properties: {
            columns: {
              type: 'array',
              minItems: 1,
              items: { type: 'string' },
              description: 'Those whose values cannot be read',
            },
            row: { type: 'object', description: 'The other columns by name; `null` where unset' },
          },
        },
      },
    },
    {
      type: 'object',
      required: ['checkpoint'],
      properties: {
        checkpoint: {
          type: 'object',
          description: 'Every row before it is behind its cursor',
          required: ['cursor', 'rows'],
          properties: { cursor, rows },
        },
      },
    },
    {
      type: 'object',
      required: ['end'],
      properties: {
        end: {
          type: 'object',
          required: ['rows', 'complete'],
          properties: {
            rows,
            complete: {
              type: 'boolean',
              description:
                'False: there is more; `limit` is reached, or the time, or the instance shuts down',
            },
            cursor: { ...cursor, description: 'Where `complete` is false: to go on with' },
          },
        },
      },
    },
    {
      type: 'object',
      required: ['error'],
      properties: {
        error: {
          type: 'object',
          description: 'The scan failed here; what came before holds',
          required: ['type', 'title'],
          properties: {
            type: { type: 'string', pattern: '^/problems/[a-z-]+$' },
            title: { type: 'string' },
            cursor: { ...cursor, description: 'To go on with, where that is possible' },
            restart,
          },
        },
      },
    },
  ],
};

const scanProblem = {
  ...problemSchema,
  description: 'A problem of RFC 9457; of `cursor-stale` with where to begin anew',
  properties: { ...problemSchema.properties, restart },
};

export const scanSchemas = { ScanRequest: scanRequest, ScanLine: scanLine, ScanProblem: scanProblem };
