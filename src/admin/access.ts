import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Role } from '../core/administration.ts';
import { RequestError } from '../core/errors.ts';

/** Who may do what on the admin port. Keys are known by the SHA-256 of their bytes, in lower-case hex. */
export interface AdminAccess {
  readonly operator: ReadonlySet<string>;
  readonly viewer: ReadonlySet<string>;
  /** The metrics need no key. */
  readonly openMetrics: boolean;
  /** What is only looked at needs no key, an explanation included. */
  readonly openViewing: boolean;
}

/** Who asks, as far as the key tells. */
export interface Caller {
  readonly role: Role | undefined;
  /** The first eight hex digits of the hash of a known key: enough to tell two keys apart. */
  readonly keyPrefix: string | undefined;
  /** Why there is no role; empty when there is one. */
  readonly reason: string;
}

/** The value of `WWW-Authenticate` on a 401. */
export const challenge = 'Bearer realm="weir admin"';

/** The token of RFC 6750. The bound keeps a hostile header from being hashed at length. */
const bearerPattern = /^Bearer +([A-Za-z0-9\-._~+/]{1,512}=*)$/i;
const prefixLength = 8;

/**
 * The digest of the presented key is looked up, not compared in constant time: what timing could tell is
 * about a digest that the caller has computed already. A key of both roles is an operator's.
 */
export function identify({ authorization }: IncomingHttpHeaders, access: AdminAccess): Caller {
  if (authorization === undefined) return nobody('the request has no Authorization header');
  const key = bearerPattern.exec(authorization)?.[1];
  if (key === undefined) return nobody('the Authorization header does not carry a bearer key');
  const digest = hash('sha256', key, 'hex');
  const role = access.operator.has(digest) ? 'operator' : access.viewer.has(digest) ? 'viewer' : undefined;
  if (role === undefined) return nobody('the key is not known');
  return { role, keyPrefix: digest.slice(0, prefixLength), reason: '' };
}

/** Throws a `RequestError`: `unauthenticated` without a role, `role-required` with a lesser one. */
export function requireRole(caller: Caller, needed: Role): void {
  if (caller.role === undefined) throw new RequestError('unauthenticated', caller.reason);
  if (needed === 'operator' && caller.role !== 'operator') {
    throw new RequestError('role-required', 'this changes something and needs the key of an operator');
  }
}

function nobody(reason: string): Caller {
  return { role: undefined, keyPrefix: undefined, reason };
}
