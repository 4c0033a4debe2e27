import { type Problem, type ProblemSlug, problems, RequestError, type RequestFault } from './errors.ts';

export const problemMediaType = 'application/problem+json';

/** What a refusal by limits tells beside its slug. */
export interface LimitDetails {
  /** When it is worth asking again, in ms, fractions too; undefined where nobody knows, or waiting does not help. */
  readonly retryAfterMs: number | undefined;
  /** Names of the policies to blame, such as `read` or `fleet-read`. */
  readonly violated: readonly string[];
  /** Of a limit to blame: the part of itself that it is now, since it is slowed to protect others. */
  readonly slowed?: number | undefined;
}

/** The request as a whole is refused by limits. */
export class LimitRefusal extends RequestError {
  readonly limits: LimitDetails;
  constructor(slug: ProblemSlug, detail: string, limits: LimitDetails) {
    super(slug, detail);
    this.name = 'LimitRefusal';
    this.limits = limits;
  }
}

/** For those who are refused because of the state of the service: long enough for most of it to pass. */
const stateRetryAfterMs = 1_000;

/**
 * When the same request is worth repeating, in whole ms and never early; undefined where waiting is not what helps, or
 * nobody knows. `knownMs`: what the limits say. Only the state of the service has a time of its own: a limit that does
 * not say when it gives again is not guessed at.
 */
export function retryAfterMsOf(slug: ProblemSlug, knownMs?: number): number | undefined {
  const { status, retryable }: Problem = problems[slug];
  if (!retryable) return undefined;
  if (status !== 429 && status !== 503) return undefined;
  if (knownMs !== undefined) return Math.ceil(knownMs);
  return status === 503 ? stateRetryAfterMs : undefined;
}

/** An RFC 9457 problem as JSON text. `instance` is the request id. */
export function encodeProblem(
  slug: ProblemSlug,
  detail: string,
  instance: string,
  faults: readonly RequestFault[] = [],
  limits?: LimitDetails,
): string {
  const { status, title } = problems[slug];
  const retryAfterMs = retryAfterMsOf(slug, limits?.retryAfterMs);
  return JSON.stringify({
    type: `/problems/${slug}`,
    title,
    status,
    detail: slowedDetail(detail, limits),
    instance,
    ...(faults.length > 0 ? { errors: faults } : {}),
    ...violatedPolicies(limits),
    ...slowedMembers(limits),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The member that names the policies to blame; none where no policy is. */
export function violatedPolicies(limits: LimitDetails | undefined): {
  readonly 'violated-policies'?: readonly string[];
} {
  return limits === undefined || limits.violated.length === 0 ? {} : { 'violated-policies': limits.violated };
}

type Slowed = Pick<LimitDetails, 'slowed'>;

/** To hundredths, as it is told; undefined where limits are what is set. */
function slowedTo(limits: Slowed | undefined): number | undefined {
  const part = Math.round((limits?.slowed ?? 1) * 100) / 100;
  return part < 1 ? part : undefined;
}

/** The members that tell that a limit is slowed to protect others; none where it is not. */
export function slowedMembers(limits: Slowed | undefined): {
  readonly reason?: 'guard';
  readonly slowedTo?: number;
} {
  const part = slowedTo(limits);
  return part === undefined ? {} : { reason: 'guard', slowedTo: part };
}

/** The same for people. */
export function slowedDetail(detail: string, limits: Slowed | undefined): string {
  const part = slowedTo(limits);
  if (part === undefined) return detail;
  return `${detail}; the limit is at ${Math.round(part * 100)} % of its setting, to protect others`;
}

/** Adds a member to a problem that is JSON text already, and has others but not this one. */
export function withMember(problem: string, name: string, value: unknown): string {
  return `{${JSON.stringify(name)}:${JSON.stringify(value)},${problem.slice(1)}`;
}

/**
 * Adds `instance`, and `retryAfterMs` where there is one, to a problem that is JSON text already and has at least one
 * member, neither of these; the text is not parsed again. `knownMs` as of `retryAfterMsOf`.
 */
export function withInstance(problem: string, slug: ProblemSlug, instance: string, knownMs?: number): string {
  const retryAfterMs = retryAfterMsOf(slug, knownMs);
  const retry = retryAfterMs === undefined ? '' : `"retryAfterMs":${retryAfterMs},`;
  return `{"instance":${JSON.stringify(instance)},${retry}${problem.slice(1)}`;
}
