import type { FastifyInstance } from 'fastify';
import { encodeReadiness, type Readiness } from '../core/readiness.ts';

/** `/livez`: the process answers. `/readyz`: it can serve; `?verbose` tells why not. Without a credential. */
export function addHealthRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  app.get('/livez', (_request, reply) => {
    reply.header('content-type', 'application/json').send(Buffer.from('{"live":true}'));
  });
  app.get('/readyz', (request, reply) => {
    const verbose = Object.hasOwn(Object(request.query), 'verbose');
    const { status, body } = encodeReadiness(readiness(), verbose);
    reply.code(status).header('content-type', 'application/json').send(Buffer.from(body));
  });
}
