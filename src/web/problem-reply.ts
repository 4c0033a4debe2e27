import type { FastifyReply } from 'fastify';
import { type ProblemSlug, problems, RequestError, type RequestFault } from '../core/errors.ts';
import {
  encodeProblem,
  type LimitDetails,
  problemMediaType,
  retryAfterMsOf,
} from '../core/problem-document.ts';

export function replyWithProblem(
  reply: FastifyReply,
  slug: ProblemSlug,
  detail: string,
  faults: readonly RequestFault[] = [],
  limits?: LimitDetails,
): FastifyReply {
  const body = encodeProblem(slug, detail, reply.request.id, faults, limits);
  return replyWithProblemBody(reply, slug, body, limits?.retryAfterMs);
}

/** `body` is a complete problem as JSON text. `knownMs`: when limits say that it is worth asking again. */
export function replyWithProblemBody(
  reply: FastifyReply,
  slug: ProblemSlug,
  body: string,
  knownMs?: number,
): FastifyReply {
  const { status } = problems[slug];
  const retryAfterMs = retryAfterMsOf(slug, knownMs);
  if (retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
    reply.header('retry-after-ms', String(retryAfterMs));
  }
  // As bytes, because the framework adds a charset to strings and these media types have none.
  return reply.code(status).header('content-type', problemMediaType).send(Buffer.from(body));
}

/** The framework's own errors by code. Their messages can quote the request, and so are never passed on. */
const frameworkFaults: ReadonlyMap<unknown, { readonly slug: ProblemSlug; readonly detail: string }> =
  new Map([
    [
      'FST_ERR_CTP_INVALID_MEDIA_TYPE',
      { slug: 'unsupported-media-type', detail: 'the Content-Type must be application/json' },
    ],
    ['FST_ERR_CTP_BODY_TOO_LARGE', { slug: 'too-large', detail: 'the body has more bytes than are taken' }],
    [
      'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
      { slug: 'invalid-request', detail: 'the body is not as long as its Content-Length says' },
    ],
    ['FST_ERR_BAD_URL', { slug: 'invalid-request', detail: 'the address is malformed' }],
    [
      'FST_ERR_MAX_PARAM_LENGTH',
      { slug: 'not-found', detail: 'a part of the address is longer than any name' },
    ],
  ] as const);

/** What the caller is told of an error. Undefined for a fault of Weir's own: `internal`, and nothing of it is told. */
export function toRequestError(error: unknown): RequestError | undefined {
  if (error instanceof RequestError) return error;
  if (!(error instanceof Error)) return undefined;
  const known = frameworkFaults.get('code' in error ? error.code : undefined);
  if (known !== undefined) return new RequestError(known.slug, known.detail);
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500)
    return new RequestError('invalid-request', 'the request could not be read');
  return undefined;
}
