import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/ports.ts';
import { problemResponses } from '../web/problem-responses.ts';
import { limitTime } from './time-limit.ts';

/** The metrics as text, with the media type of that text. */
export type MetricsText = () => Promise<{ readonly contentType: string; readonly body: string }>;

export function addMetricsRoute(app: FastifyInstance, metricsText: MetricsText, clock: Clock): void {
  const documentation = {
    operationId: 'getMetrics',
    tags: ['service'],
    summary: 'The metrics in the text format of Prometheus',
    description: 'Needs a key only where the configuration says so.',
    security: [{}, { key: [] }],
    response: {
      200: { description: 'The metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
      ...problemResponses([
        'unauthenticated',
        'cross-origin',
        'host-not-allowed',
        'draining',
        'deadline-exceeded',
        'internal',
      ]),
    },
  };
  app.get('/metrics', { config: { needs: 'metrics', documentation } }, async (_request, reply) => {
    const { contentType, body } = await limitTime(clock, metricsText());
    return reply.header('content-type', contentType).send(Buffer.from(body));
  });
}
