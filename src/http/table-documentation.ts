import { consistencies } from '../core/ports.ts';
import { problemResponses } from '../web/problem-responses.ts';
import { callerSecurity, callHeaders, requestIdHeader } from './request-header-schemas.ts';

const names = { type: 'array', items: { type: 'string' } };

export const tableDescriptionSchema = {
  type: 'object',
  description: 'What the application may know of a table',
  required: [
    'keyspace',
    'table',
    'partitionKey',
    'clusteringKey',
    'columns',
    'operations',
    'writable',
    'consistency',
    'limits',
  ],
  properties: {
    keyspace: { type: 'string' },
    table: { type: 'string' },
    partitionKey: { ...names, description: 'In order' },
    clusteringKey: { ...names, description: 'In order' },
    columns: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'kind', 'type', 'json', 'readable'],
        properties: {
          name: { type: 'string' },
          kind: { type: 'string', enum: ['partition', 'clustering', 'static', 'regular'] },
          type: { type: 'string', description: 'The CQL type' },
          json: { type: 'string', description: 'Its form in JSON; `unsupported` where it is not carried' },
          readable: { type: 'boolean', description: 'False: for asking only' },
        },
      },
    },
    operations: { type: 'array', items: { type: 'string', enum: ['read', 'write', 'scan'] } },
    writable: { type: 'boolean', description: 'Whether the table takes writes, from those who may write it' },
    consistency: {
      type: 'object',
      properties: {
        default: { type: 'string', enum: [...consistencies] },
        allowed: { type: 'array', items: { type: 'string', enum: [...consistencies] } },
      },
    },
    limits: {
      type: 'object',
      description: 'What one request may take',
      required: [
        'keys',
        'rows',
        'limitPerKey',
        'writeRows',
        'bodyBytes',
        'answerBytes',
        'timeoutMs',
        'defaultTimeoutMs',
      ],
      properties: {
        keys: { type: 'integer' },
        rows: { type: 'integer', description: 'Keys x `limitPerKey`' },
        limitPerKey: {
          type: 'object',
          required: ['default', 'max'],
          properties: { default: { type: 'integer' }, max: { type: 'integer' } },
        },
        writeRows: { type: 'integer', description: 'Rows of a write' },
        bodyBytes: { type: 'integer' },
        answerBytes: { type: 'integer' },
        timeoutMs: { type: 'integer' },
        defaultTimeoutMs: { type: 'integer' },
      },
    },
  },
};

export const tableDocumentation = {
  operationId: 'describeTable',
  summary: 'Describe a table',
  description: 'Its key, columns, types and encodings, and the limits of a request. HEAD works as well.',
  tags: ['reading'],
  security: callerSecurity,
  headers: { type: 'object', properties: callHeaders },
  response: {
    200: {
      description: 'What the application may know of the table',
      headers: requestIdHeader,
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/TableDescription' } },
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
