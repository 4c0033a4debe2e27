import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RefusedCall } from '../core/throttle/refused-call.ts';
import type { HeldSession, SessionService } from '../core/throttle/session-service.ts';
import { type CallerParts, callerOf } from './caller.ts';
import { replyWithRefusal } from './refused-call.ts';
import {
  closeSessionDocumentation,
  openSessionDocumentation,
  renewSessionDocumentation,
  type SessionParameters,
  sessionParameters,
} from './session-schemas.ts';
import { smallBodyHooks } from './small-body.ts';

export interface SessionRouteParts extends CallerParts {
  /** Absent: there are none, and no routes for them. */
  readonly sessions?: SessionService | undefined;
}

export function addSessionRoutes(app: FastifyInstance, parts: SessionRouteParts): void {
  const { sessions } = parts;
  if (sessions === undefined) return;
  const hooks = smallBodyHooks(parts, 'connect');
  app.route({
    method: 'POST',
    url: '/v1/sessions',
    config: { documentation: openSessionDocumentation },
    ...hooks,
    handler: async (request, reply) => {
      const answer = await sessions.open(callerOf(request).application, request.body);
      if (answer.kind === 'held') reply.code(201).header('location', `/v1/sessions/${answer.sessionId}`);
      return replyWithSession(reply, answer);
    },
  });
  app.route<{ Params: SessionParameters }>({
    method: 'PUT',
    url: '/v1/sessions/:sessionId',
    config: { documentation: { ...renewSessionDocumentation, params: sessionParameters } },
    ...hooks,
    handler: async (request, reply) => {
      const { application } = callerOf(request);
      return replyWithSession(
        reply,
        await sessions.renew(application, request.params.sessionId, request.body),
      );
    },
  });
  app.route<{ Params: SessionParameters }>({
    method: 'DELETE',
    url: '/v1/sessions/:sessionId',
    config: { documentation: { ...closeSessionDocumentation, params: sessionParameters } },
    ...hooks,
    handler: async (request, reply) => {
      const refused = await sessions.close(callerOf(request).application, request.params.sessionId);
      return refused === undefined ? reply.code(204).send() : replyWithRefusal(reply, refused);
    },
  });
}

function replyWithSession(reply: FastifyReply, answer: HeldSession | RefusedCall): FastifyReply {
  if (answer.kind === 'refused') return replyWithRefusal(reply, answer);
  const { sessionId, expiresInMs } = answer;
  reply.header('content-type', 'application/json');
  return reply.send(Buffer.from(JSON.stringify({ sessionId, expiresInMs })));
}
