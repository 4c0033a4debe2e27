import type { FastifyReply } from 'fastify';

/**
 * For answers to GET, errors included: they are of one application alone, and of this moment. A cache of the
 * caller's own may keep them and has to ask each time.
 */
export function markAsCallersOwn(reply: FastifyReply): void {
  reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, X-Weir-App');
}
