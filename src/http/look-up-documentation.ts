import type { ProblemSlug } from '../core/errors.ts';
import { problemResponses } from '../web/problem-responses.ts';
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
} from './request-header-schemas.ts';

/** What may befall a read of a known caller, whichever way it asks. */
export const readProblems: readonly ProblemSlug[] = [
  'unauthenticated',
  'operation-not-granted',
  'cross-origin',
  'not-found',
  'method-not-allowed',
  'too-large',
  'host-not-allowed',
  'impossible',
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
  'unreadable-value',
  'replica-timeout',
  'deadline-exceeded',
];

const requestExample = {
  keys: ['sku-1', { sku: 'sku-2' }, 'no-such-sku'],
  columns: ['title', 'price'],
};

const answerExample = {
  results: [
    { status: 'found', rows: [{ title: 'Plain linen basket no. 1', price: '238.64' }] },
    { status: 'found', rows: [{ title: 'Folding brass lamp no. 2', price: '297.69' }] },
    { status: 'missing', rows: [] },
  ],
  summary: { found: 2, missing: 1, error: 0, unprocessed: 0 },
};

const limitedExample = {
  results: [
    { status: 'found', rows: [{ title: 'Plain linen basket no. 1' }] },
    { status: 'unprocessed', rows: [], reason: 'quota' },
  ],
  summary: { found: 1, missing: 0, error: 0, unprocessed: 1 },
  retryAfterMs: 40,
};

const partialExample = {
  results: [
    { status: 'found', rows: [{ title: 'Plain linen basket no. 1' }] },
    {
      status: 'error',
      rows: [],
      error: {
        type: '/problems/replica-timeout',
        title: 'The owner of the key did not answer in time',
        retryable: true,
      },
    },
    { status: 'unprocessed', rows: [], reason: 'deadline' },
  ],
  summary: { found: 1, missing: 0, error: 1, unprocessed: 1 },
};

export const lookUpDocumentation = {
  operationId: 'lookUp',
  summary: 'Look up many keys of one table',
  description: 'Answers every key, in order. Partial unless `Prefer: handling=strict` is given.',
  tags: ['reading'],
  security: callerSecurity,
  headers: {
    type: 'object',
    properties: {
      ...callHeaders,
      ...readHeaders,
      ...debugHeader,
      Prefer: {
        type: 'string',
        description:
          '`handling=strict`: a key that failed or was not tried refuses the whole; `wait=SECONDS`: wait so long for units where a limit is reached, never beyond the deadline',
        examples: ['handling=strict', 'handling=strict, wait=1'],
      },
    },
  },
  body: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          allOf: [{ $ref: '#/components/schemas/LookUpRequest' }],
          examples: [requestExample],
        },
      },
    },
  },
  response: {
    200: {
      description: 'At least one key was found or missing',
      headers: {
        ...requestIdHeader,
        ...rateLimitHeaders,
        ...cacheStatusHeader,
        ...serverTimingHeader,
        ...preferenceAppliedHeader,
      },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/LookUpAnswer' },
          examples: {
            found: { summary: 'Found and missing', value: answerExample },
            partial: { summary: 'A part of the keys failed', value: partialExample },
            limited: { summary: 'A limit gave units for a part of the keys', value: limitedExample },
          },
        },
      },
    },
    ...problemResponses(['invalid-request', ...readProblems, 'unsupported-media-type'], {
      $ref: '#/components/schemas/LookUpProblem',
    }),
  },
};
