import { problemResponses } from '../web/problem-responses.ts';
import { readProblems } from './look-up-documentation.ts';
import {
  callerSecurity,
  callHeaders,
  rateLimitHeaders,
  requestIdHeader,
  sessionHeader,
} from './request-header-schemas.ts';

const requestExample = {
  range: { start: '-9223372036854775808', end: '-4611686018427387904' },
  columns: ['sku', 'title'],
};

const linesExample = [
  { row: { sku: 'sku-17', title: 'Plain linen basket no. 17' } },
  { checkpoint: { cursor: 'AbH0…', rows: 1 } },
  { row: { sku: 'sku-4', title: 'Folding brass lamp no. 4' } },
  { end: { rows: 2, complete: true } },
];

export const scanDocumentation = {
  operationId: 'scan',
  summary: 'Stream the rows of a range of tokens, or of one partition',
  description:
    'One JSON object a line, as fast as the limits and the caller allow: a scan is paced, and refused only where too many wait already. At least every second or 1,000 rows a checkpoint says how to go on after a break, on any instance. A row with stored values that have no JSON form is a line of its own, `unreadable`, and ends nothing. Exactly one last line, `end` or `error`; an answer without one is cut off, and goes on from its last checkpoint. The rows of a partition come in the order of the table. Nothing of it is cached.',
  tags: ['jobs'],
  security: callerSecurity,
  headers: {
    type: 'object',
    properties: {
      ...callHeaders,
      'X-Request-Timeout-Ms': {
        ...callHeaders['X-Request-Timeout-Ms'],
        description:
          'How long a page may take, once it has its units; capped by `bounds.timeout`. The scan itself has no deadline',
      },
      ...sessionHeader,
    },
  },
  body: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          allOf: [{ $ref: '#/components/schemas/ScanRequest' }],
          examples: [requestExample],
        },
      },
    },
  },
  response: {
    200: {
      description: 'The scan has begun; how it ended tells its last line',
      headers: { ...requestIdHeader, ...rateLimitHeaders },
      content: {
        'application/x-ndjson': {
          schema: { type: 'string', description: 'Lines, each of the schema `ScanLine`' },
          examples: {
            complete: { value: linesExample.map((line) => `${JSON.stringify(line)}\n`).join('') },
          },
        },
      },
    },
    ...problemResponses(
      ['invalid-request', ...readProblems, 'unsupported-media-type', 'session-required', 'cursor-stale'],
      { $ref: '#/components/schemas/ScanProblem' },
    ),
  },
};
