import type { FastifyInstance } from 'fastify';
import { encodeReadiness, type Readiness } from '../core/readiness.ts';

const live = {
  summary: 'Whether the process answers',
  tags: ['service'],
  response: {
    200: {
      description: 'It does',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['live'],
            properties: { live: { type: 'boolean' } },
            examples: [{ live: true }],
          },
        },
      },
    },
  },
};

const readinessSchema = {
  type: 'object',
  required: ['ready'],
  properties: {
    ready: { type: 'boolean' },
    reasons: {
      type: 'array',
      items: { type: 'string' },
      description: 'Of the conditions that failed; with `verbose`',
    },
    conditions: {
      type: 'array',
      description: 'With `verbose`',
      items: {
        type: 'object',
        required: ['name', 'state', 'reason', 'ageMs'],
        properties: {
          name: { type: 'string' },
          state: { type: 'string', enum: ['ok', 'warning', 'failed'] },
          reason: { type: 'string' },
          ageMs: { type: 'integer', description: 'For how long it has been in this state' },
        },
      },
    },
  },
  examples: [{ ready: true }],
};

const ready = {
  summary: 'Whether requests can be served now',
  tags: ['service'],
  querystring: {
    type: 'object',
    properties: { verbose: { type: 'string', description: 'Given, whatever its value: tells why' } },
  },
  response: {
    200: { description: 'Ready', content: { 'application/json': { schema: readinessSchema } } },
    503: { description: 'Not ready', content: { 'application/json': { schema: readinessSchema } } },
  },
};

/** `/livez`: the process answers. `/readyz`: it can serve; `?verbose` tells why not. Without a credential. */
export function addHealthRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  app.get('/livez', { config: { documentation: live } }, (_request, reply) => {
    reply.header('content-type', 'application/json').send(Buffer.from('{"live":true}'));
  });
  app.get('/readyz', { config: { documentation: ready } }, (request, reply) => {
    const verbose = Object.hasOwn(Object(request.query), 'verbose');
    const { status, body } = encodeReadiness(readiness(), verbose);
    reply.code(status).header('content-type', 'application/json').send(Buffer.from(body));
  });
}
