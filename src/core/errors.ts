/**
 * The closed catalogue of errors. Two lists: what a node can do to a message (`ReplicaErrorName`), and what
 * a caller can be told (`problems`). `docs/reference/errors.md` has a paragraph a slug, held true by a test.
 */

/** What may be done after a failed message. A new name does not compile until someone has decided. */
export interface ReplicaErrorPolicy {
  /** `retry`: another owner may be asked at once, where this one failed; `hedge`: sends of the look-up that are still open may be hedged when their time comes. */
  readonly allows: 'retry' | 'hedge' | 'both' | 'neither';
  /** Counts against the node: it, and not the request or somebody else, is at fault. */
  readonly blamesNode: boolean;
  /** What the caller is told of the key. */
  readonly problem: ProblemSlug;
}

export type ReplicaErrorName =
  | 'overloaded'
  | 'unavailable'
  | 'read-timeout'
  | 'read-failure'
  | 'write-timeout'
  | 'write-failure'
  | 'client-timeout'
  | 'connection-lost'
  | 'node-gone'
  | 'bootstrapping'
  | 'rejected'
  | 'unknown';

export const replicaErrorPolicies: Readonly<Record<ReplicaErrorName, ReplicaErrorPolicy>> = {
  /** The node sheds load: another owner may have room, and the retry budget keeps this from spreading. */
  overloaded: { allows: 'retry', blamesNode: true, problem: 'replica-overloaded' },
  /** The node as coordinator knows too few live replicas; another owner is itself a live replica. */
  unavailable: { allows: 'both', blamesNode: false, problem: 'replica-unavailable' },
  /** The node waited for a replica in vain. */
  'read-timeout': { allows: 'both', blamesNode: false, problem: 'replica-timeout' },
  /** A replica failed while reading (tombstones, corruption): its peers may not have the fault. */
  'read-failure': { allows: 'both', blamesNode: false, problem: 'replica-failure' },
  /** The node waited for a replica in vain: whether the row is written is not known. */
  'write-timeout': { allows: 'both', blamesNode: false, problem: 'replica-timeout' },
  'write-failure': { allows: 'both', blamesNode: false, problem: 'replica-failure' },
  /** No answer inside the message's time: nothing is left of the deadline. */
  'client-timeout': { allows: 'hedge', blamesNode: true, problem: 'replica-timeout' },
  'connection-lost': { allows: 'both', blamesNode: true, problem: 'connection-lost' },
  /** No connection to the node, or the node left the cluster. */
  'node-gone': { allows: 'both', blamesNode: true, problem: 'node-gone' },
  bootstrapping: { allows: 'both', blamesNode: true, problem: 'replica-unavailable' },
  /** Invalid, unauthorised, syntax: every node would say the same. */
  rejected: { allows: 'neither', blamesNode: false, problem: 'replica-rejected' },
  unknown: { allows: 'hedge', blamesNode: true, problem: 'replica-failure' },
};

export const replicaErrorNames = Object.keys(replicaErrorPolicies) as readonly ReplicaErrorName[];

export function allowsRetry(name: ReplicaErrorName): boolean {
  const { allows } = replicaErrorPolicies[name];
  return allows === 'retry' || allows === 'both';
}

export function allowsHedge(name: ReplicaErrorName): boolean {
  const { allows } = replicaErrorPolicies[name];
  return allows === 'hedge' || allows === 'both';
}

/** A message to a node failed. Carries a name and never a key, a value or CQL. */
export class ReplicaError extends Error {
  readonly kind: ReplicaErrorName;
  constructor(kind: ReplicaErrorName, options?: ErrorOptions) {
    super(kind, options);
    this.name = 'ReplicaError';
    this.kind = kind;
  }
}

export interface Problem {
  readonly status: number;
  readonly title: string;
  /** The same request may succeed later without being changed. */
  readonly retryable: boolean;
}

export type ProblemSlug = keyof typeof problems;

export const problems = {
  'invalid-request': { status: 400, title: 'The request is malformed', retryable: false },
  unauthenticated: { status: 401, title: 'The credential is missing or unknown', retryable: false },
  'operation-not-granted': {
    status: 403,
    title: 'The operation is not granted on this table',
    retryable: false,
  },
  'role-required': { status: 403, title: 'The key does not have the role', retryable: false },
  'cross-origin': { status: 403, title: 'The request comes from a page of another site', retryable: false },
  'not-found': { status: 404, title: 'There is nothing at this address', retryable: false },
  'row-not-found': { status: 404, title: 'There is no row with this key', retryable: false },
  'method-not-allowed': { status: 405, title: 'The address does not take this method', retryable: false },
  'cursor-stale': {
    status: 410,
    title: 'The table has changed since the cursor was given',
    retryable: false,
  },
  'precondition-failed': {
    status: 412,
    title: 'The settings have been changed by somebody else',
    retryable: false,
  },
  'too-large': { status: 413, title: 'The request has too many keys, rows or bytes', retryable: false },
  'unsupported-media-type': { status: 415, title: 'The body is not application/json', retryable: false },
  'host-not-allowed': {
    status: 421,
    title: 'The Host header names no host of this port',
    retryable: false,
  },
  'invalid-configuration': {
    status: 422,
    title: 'The configuration has faults',
    retryable: false,
  },
  impossible: { status: 422, title: 'The request is valid but cannot be served', retryable: false },
  'session-required': { status: 428, title: 'The application must name its session', retryable: false },
  'over-quota': { status: 429, title: 'The limit of the application is reached', retryable: true },
  'application-paused': {
    status: 429,
    title: 'The application is paused by an operator',
    retryable: true,
  },
  'queue-full': {
    status: 429,
    title: 'Too many callers of the application wait already',
    retryable: true,
  },
  internal: { status: 500, title: 'Weir failed; the request id finds it in the log', retryable: true },
  'limiter-unavailable': {
    status: 503,
    title: 'The limits cannot be counted just now',
    retryable: true,
  },
  overload: { status: 503, title: 'Too much is in flight', retryable: true },
  'not-ready': { status: 503, title: 'The cluster has not been reached yet', retryable: true },
  draining: { status: 503, title: 'This instance is shutting down', retryable: true },
  'no-replica': { status: 503, title: 'No owner of the key is up', retryable: true },
  'replica-overloaded': { status: 503, title: 'The owner of the key is overloaded', retryable: true },
  'replica-unavailable': { status: 503, title: 'Too few replicas of the key are up', retryable: true },
  'replica-timeout': { status: 504, title: 'The owner of the key did not answer in time', retryable: true },
  'replica-failure': { status: 503, title: 'The owner of the key failed to serve it', retryable: true },
  'replica-rejected': { status: 503, title: 'Cassandra refused the statement', retryable: false },
  'connection-lost': { status: 503, title: 'The connection to the owner was lost', retryable: true },
  'node-gone': { status: 503, title: 'The owner of the key is gone', retryable: true },
  'unreadable-value': {
    status: 503,
    title: 'A stored value is beyond what can be encoded',
    retryable: false,
  },
  'deadline-exceeded': { status: 504, title: 'The deadline passed', retryable: true },
} as const satisfies Readonly<Record<string, Problem>>;

/** One fault of a request, found by an RFC 6901 pointer into its body; empty for the whole body. */
export interface RequestFault {
  readonly pointer: string;
  readonly detail: string;
}

/** The request as a whole is refused. `detail` and faults name places and rules, never values. */
export class RequestError extends Error {
  readonly slug: ProblemSlug;
  readonly detail: string;
  readonly faults: readonly RequestFault[];
  constructor(slug: ProblemSlug, detail: string, faults: readonly RequestFault[] = []) {
    super(`${slug}: ${detail}`);
    this.name = 'RequestError';
    this.slug = slug;
    this.detail = detail;
    this.faults = faults;
  }
}
