import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { ProblemSlug } from '../core/errors.ts';
import type { Caller } from './access.ts';

/** What a request asks to be changed; its name is in the audit lines. */
export type Change =
  | 'config-reload'
  | 'log-level'
  | 'cache-purge'
  | 'limits'
  | 'guard'
  | 'application-pause'
  | 'application-resume'
  | 'drain';

/** One line in the log for each change that was asked for: who, what, before, after. */
export interface Audit {
  done(request: FastifyRequest, caller: Caller, change: Change, before: unknown, after: unknown): void;
  refused(request: FastifyRequest, caller: Caller, change: Change, problem: ProblemSlug): void;
}

/** The lines are written at whatever level the log stands: who turns the log down cannot hide it. */
export function createAudit(logger: Logger): Audit {
  // By way of another level: a child made at its parent's level has no methods of its own, and falls silent with it.
  const lines = logger.child({ audit: true }, { level: 'trace' });
  lines.level = 'info';
  const who = (request: FastifyRequest, caller: Caller) => ({
    requestId: request.id,
    role: caller.role,
    key: caller.keyPrefix,
    address: request.raw.socket.remoteAddress,
  });
  return {
    done: (request, caller, change, before, after) =>
      lines.info({ ...who(request, caller), change, outcome: 'done', before, after }, 'admin change'),
    refused: (request, caller, change, problem) =>
      lines.info({ ...who(request, caller), change, outcome: 'refused', problem }, 'admin change'),
  };
}
