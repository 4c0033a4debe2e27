import { type Problem, type ProblemSlug, problems, type RequestFault } from './errors.ts';

export const problemMediaType = 'application/problem+json';

/** For those who are refused because of the state of the service: long enough for most of it to pass. */
const stateRetryAfterMs = 1_000;

/** When the same request is worth repeating; undefined where waiting is not what helps. */
export function retryAfterMsOf(slug: ProblemSlug): number | undefined {
  const { status, retryable }: Problem = problems[slug];
  return retryable && (status === 429 || status === 503) ? stateRetryAfterMs : undefined;
}

/** An RFC 9457 problem as JSON text. `instance` is the request id. */
export function encodeProblem(
  slug: ProblemSlug,
  detail: string,
  instance: string,
  faults: readonly RequestFault[] = [],
): string {
  const { status, title } = problems[slug];
  const retryAfterMs = retryAfterMsOf(slug);
  return JSON.stringify({
    type: `/problems/${slug}`,
    title,
    status,
    detail,
    instance,
    ...(faults.length > 0 ? { errors: faults } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/**
 * Adds `instance`, and `retryAfterMs` where `slug` has it, to a problem that is JSON text already and has at
 * least one member, neither of these; the text is not parsed again.
 */
export function withInstance(problem: string, slug: ProblemSlug, instance: string): string {
  const retryAfterMs = retryAfterMsOf(slug);
  const retry = retryAfterMs === undefined ? '' : `"retryAfterMs":${retryAfterMs},`;
  return `{"instance":${JSON.stringify(instance)},${retry}${problem.slice(1)}`;
}
