import { type ProblemSlug, problems, type RequestFault } from './errors.ts';

export const problemMediaType = 'application/problem+json';

/** An RFC 9457 problem as JSON text. `instance` is the request id. */
export function encodeProblem(
  slug: ProblemSlug,
  detail: string,
  instance: string,
  faults: readonly RequestFault[] = [],
): string {
  const { status, title } = problems[slug];
  return JSON.stringify({
    type: `/problems/${slug}`,
    title,
    status,
    detail,
    instance,
    ...(faults.length > 0 ? { errors: faults } : {}),
  });
}

/** Adds `instance` to a problem that is JSON text already and has at least one member; the text is not parsed again. */
export function withInstance(problem: string, instance: string): string {
  return `{"instance":${JSON.stringify(instance)},${problem.slice(1)}`;
}
