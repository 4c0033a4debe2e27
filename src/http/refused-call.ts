import type { FastifyReply } from 'fastify';
import { encodeProblem, withMember } from '../core/problem-document.ts';
import type { RefusedCall } from '../core/throttle/refused-call.ts';
import { replyWithProblemBody } from '../web/problem-reply.ts';
import { exchangeOf } from './exchange.ts';

export function replyWithRefusal(reply: FastifyReply, refused: RefusedCall): FastifyReply {
  const { problem, detail, reason, retryAfterMs, violated } = refused;
  exchangeOf(reply.request).problem = problem;
  // Limits with a reason of their own, those on sessions, are never slowed.
  const slowed = reason === undefined ? refused.slowed : undefined;
  const body = encodeProblem(problem, detail, reply.request.id, [], { retryAfterMs, violated, slowed });
  const whole = reason === undefined ? body : withMember(body, 'reason', reason);
  return replyWithProblemBody(reply, problem, whole, retryAfterMs);
}

/** For OpenAPI: what `readFields` and the session check may say, and every route with a body. */
export const callProblems = [
  'invalid-request',
  'unauthenticated',
  'cross-origin',
  'method-not-allowed',
  'too-large',
  'unsupported-media-type',
  'host-not-allowed',
  'internal',
  'limiter-unavailable',
  'draining',
  'deadline-exceeded',
] as const;
