/** What a limit is, and how limits are named. */

export const limitedOperations = ['read', 'write', 'scan', 'connect'] as const;
export type LimitedOperation = (typeof limitedOperations)[number];

export const limitModes = ['exact', 'lease'] as const;
export const enforcements = ['on', 'shadow', 'off'] as const;
export const overReactions = ['reject', 'wait'] as const;
export const storeDownReactions = ['local', 'deny', 'allow'] as const;

/** One limit of one subject on one operation. */
export interface Limit {
  /** Units a second; above 0. */
  readonly rate: number;
  /** Units that may be used at once after a rest; a whole number, at least 1. */
  readonly burst: number;
  /** `exact`: each decision asks the store; `lease`: units are taken from it before they are spent. */
  readonly mode: (typeof limitModes)[number];
  /** `shadow`: counted as if, and nobody is refused; `off`: as if there were no limit. */
  readonly enforce: (typeof enforcements)[number];
  /** What becomes of callers who do not say whether they would wait. */
  readonly onOver: (typeof overReactions)[number];
  readonly onStoreDown: (typeof storeDownReactions)[number];
  /** Of `connect` only: sessions held at once; undefined: any number. */
  readonly sessions?: number | undefined;
}

/** Whose limit: an application's own, that of its class, or that of all. */
export type LimitSubject =
  | { readonly kind: 'application'; readonly name: string }
  | { readonly kind: 'class'; readonly name: string }
  | { readonly kind: 'fleet' };

/** How a subject is written: `storefront`, `class:backend`, `fleet:all`. Names have no colon, so none is ambiguous. */
export type SubjectName = string;

/** `storefront/read`, `class:backend/scan`, `fleet:all/read`: names a limit in settings, in the store and in the API. */
export type LimitId = string;

export function subjectName(subject: LimitSubject): SubjectName {
  if (subject.kind === 'application') return subject.name;
  return subject.kind === 'class' ? `class:${subject.name}` : 'fleet:all';
}

export function limitId(subject: LimitSubject, operation: LimitedOperation): LimitId {
  return `${subjectName(subject)}/${operation}`;
}

/** By what callers know a limit, in headers and refusals: `read`, `class-read`, `fleet-read`. */
export function policyName(subject: LimitSubject, operation: LimitedOperation): string {
  return subject.kind === 'application' ? operation : `${subject.kind}-${operation}`;
}
