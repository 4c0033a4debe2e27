import { consistencies } from '../core/ports.ts';
import { problemResponses } from '../web/problem-responses.ts';
import { readProblems } from './look-up-documentation.ts';
import {
  cacheStatusHeader,
  callerSecurity,
  callHeaders,
  debugHeader,
  preferenceAppliedHeader,
  rateLimitHeaders,
  readHeaders,
  requestIdHeader,
  serverTimingHeader,
  waitHeader,
} from './request-header-schemas.ts';

const entityTagHeader = { ETag: { type: 'string', description: 'Weak; for `If-None-Match`' } };
const limitHeaders = { ...rateLimitHeaders, ...preferenceAppliedHeader };
const cachingHeaders = {
  'Cache-Control': { type: 'string', enum: ['private, no-cache'] },
  Vary: { type: 'string' },
  ...cacheStatusHeader,
  Age: { type: 'integer', description: 'Seconds since the row was read, where the cache answered with it' },
};

export const rowDocumentation = {
  operationId: 'readRow',
  summary: 'Read one row by its primary key',
  description: 'HEAD works as well.',
  tags: ['reading'],
  security: callerSecurity,
  headers: {
    type: 'object',
    properties: {
      ...callHeaders,
      ...readHeaders,
      ...waitHeader,
      ...debugHeader,
      'If-None-Match': { type: 'string', description: 'Tags that the caller has, or `*`' },
    },
  },
  querystring: {
    type: 'object',
    properties: {
      key: {
        type: 'object',
        description: 'Every column of the primary key once, `?sku=sku-1`',
        additionalProperties: { type: 'string' },
        examples: [{ sku: 'sku-1' }],
      },
      $columns: { type: 'string', description: 'Names separated by commas; all when left out' },
      $consistency: { type: 'string', enum: [...consistencies] },
    },
    required: ['key'],
  },
  response: {
    200: {
      description: 'The row',
      headers: {
        ...requestIdHeader,
        ...entityTagHeader,
        ...limitHeaders,
        ...cachingHeaders,
        ...serverTimingHeader,
      },
      content: {
        'application/json': {
          schema: { type: 'object', description: 'The columns by name; `null` where unset' },
          examples: { row: { value: { sku: 'sku-1', title: 'Plain linen basket no. 1', price: '238.64' } } },
        },
      },
    },
    304: {
      description: 'The caller has this row already',
      type: 'null',
      headers: { ...requestIdHeader, ...entityTagHeader, ...limitHeaders, ...cachingHeaders },
    },
    ...problemResponses(['invalid-request', ...readProblems, 'row-not-found']),
  },
};
