/** What the routes that change limits have in common. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ProblemSlug } from '../core/errors.ts';
import type { ChangeOptions, LimitsDifference } from '../core/throttle/limit-administration.ts';
import type { Audit, Change } from './audit.ts';
import { exchangeOf } from './exchange.ts';
import { readIfMatch } from './if-match.ts';
import { sendJson } from './json-answer.ts';
import { limitsDifferenceSchema } from './limit-schemas.ts';
import { readQuery } from './query-fields.ts';

/** In the log; the audit of the settings has them all. */
const mostLogged = 100;

export const changeProblems: readonly ProblemSlug[] = [
  'invalid-request',
  'role-required',
  'not-found',
  'precondition-failed',
  'too-large',
  'unsupported-media-type',
  'limiter-unavailable',
];

/** For OpenAPI. */
export const changeRequest = {
  query: Type.Object({
    dryRun: Type.Optional(Type.Boolean({ description: 'Tell what would change, and change nothing' })),
  }),
  headers: Type.Object({
    'If-Match': Type.Optional(
      Type.String({
        description: 'Change only where these settings hold: a tag from `ETag`, several, or `*`',
      }),
    ),
  }),
} as const;

export const tagHeader = {
  ETag: { type: 'string', description: 'Of the run-time settings; for `If-Match`' },
};

/** Throws a `RequestError` for a query or an `If-Match` that is malformed. */
export function readChangeOptions(request: FastifyRequest): ChangeOptions {
  const { role, keyPrefix } = exchangeOf(request).caller;
  return {
    by: `${role} ${keyPrefix}`,
    ifMatch: readIfMatch(request.headers['if-match']),
    dryRun: readQuery(request.query, ['dryRun']).flag('dryRun'),
  };
}

/** Answers with what has changed, or would; only the former is a line of the audit. */
export function sendDifference(
  request: FastifyRequest,
  reply: FastifyReply,
  { audit, change, difference }: { audit: Audit; change: Change; difference: LimitsDifference },
): FastifyReply {
  const { limits, paused, tag, version, dryRun } = difference;
  if (!dryRun) {
    const logged = (of: 'before' | 'after') => ({
      limits: Object.fromEntries(limits.slice(0, mostLogged).map((changed) => [changed.id, changed[of]])),
      paused: Object.fromEntries(paused.map((changed) => [changed.application, changed[of]])),
    });
    audit.done(request, exchangeOf(request).caller, change, logged('before'), {
      ...logged('after'),
      version,
    });
  }
  return sendJson(reply.header('etag', tag), limitsDifferenceSchema, difference);
}
