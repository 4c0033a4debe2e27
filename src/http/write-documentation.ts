import type { ProblemSlug } from '../core/errors.ts';
import { problemResponses } from '../web/problem-responses.ts';
import {
  callerSecurity,
  callHeaders,
  preferenceAppliedHeader,
  rateLimitHeaders,
  requestIdHeader,
  sessionHeader,
} from './request-header-schemas.ts';

const writeProblems: readonly ProblemSlug[] = [
  'invalid-request',
  'unauthenticated',
  'operation-not-granted',
  'cross-origin',
  'not-found',
  'method-not-allowed',
  'too-large',
  'unsupported-media-type',
  'host-not-allowed',
  'impossible',
  'session-required',
  'over-quota',
  'application-paused',
  'queue-full',
  'internal',
  'limiter-unavailable',
  'overload',
  'not-ready',
  'draining',
  'no-replica',
  'replica-overloaded',
  'replica-unavailable',
  'replica-failure',
  'replica-rejected',
  'connection-lost',
  'node-gone',
  'replica-timeout',
  'deadline-exceeded',
];

const requestExample = {
  rows: [
    { values: { sku: 'sku-1', title: 'Brass lamp', price: '19.90' }, ttlSeconds: 86_400 },
    { values: { sku: 'sku-2', price: null } },
    { delete: { sku: 'sku-3' } },
  ],
  consistency: 'LOCAL_QUORUM',
};

const writtenExample = {
  results: [{ status: 'written' }, { status: 'written' }, { status: 'written' }],
  summary: { written: 3, error: 0, unprocessed: 0 },
  timestampMicros: '1767225600000000',
};

const partialExample = {
  retryAfterMs: 40,
  results: [
    { status: 'written' },
    {
      status: 'error',
      error: {
        type: '/problems/replica-timeout',
        title: 'The owner of the key did not answer in time',
        retryable: true,
      },
    },
    { status: 'unprocessed', reason: 'quota' },
  ],
  summary: { written: 1, error: 1, unprocessed: 1 },
  timestampMicros: '1767225600000000',
};

export const writeDocumentation = {
  operationId: 'write',
  summary: 'Write and delete rows of one table',
  description:
    'Answers every row, in order; rows do not depend on each other, and one that fails does not take back the others. Every change has a timestamp, so that what is sent again changes nothing twice. The table must be `writable`.',
  tags: ['writing'],
  security: callerSecurity,
  headers: {
    type: 'object',
    properties: {
      ...callHeaders,
      ...sessionHeader,
      Prefer: {
        type: 'string',
        description:
          '`handling=strict`: where a limit does not give units for all rows, none is written; `wait=SECONDS`: wait so long for units where a limit is reached, never beyond the deadline',
        examples: ['handling=strict', 'wait=1'],
      },
    },
  },
  body: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          allOf: [{ $ref: '#/components/schemas/WriteRequest' }],
          examples: [requestExample],
        },
      },
    },
  },
  response: {
    200: {
      description: 'At least one row was written',
      headers: { ...requestIdHeader, ...rateLimitHeaders, ...preferenceAppliedHeader },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/WriteAnswer' },
          examples: {
            written: { summary: 'All rows are written', value: writtenExample },
            partial: {
              summary: 'One owner was silent, and a limit gave units for two rows',
              value: partialExample,
            },
          },
        },
      },
    },
    ...problemResponses(writeProblems, { $ref: '#/components/schemas/WriteProblem' }),
  },
};
