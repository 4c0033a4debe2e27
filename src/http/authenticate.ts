import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Application } from '../core/applications.ts';
import { RequestError } from '../core/errors.ts';

export type AuthenticatorOptions =
  | {
      readonly mode: 'keys';
      /** By the SHA-256 of the key's bytes, in lower-case hex. */
      readonly keys: ReadonlyMap<string, Application>;
    }
  | {
      readonly mode: 'trusted';
      readonly applications: ReadonlyMap<string, Application>;
      /** Addresses (`10.0.0.7`, `::1`) and networks (`10.0.0.0/8`) whose word on the caller's name is taken. */
      readonly trustedProxies: readonly string[];
    };

/** Finds out who asks. */
export interface Authenticator {
  /** The value of `WWW-Authenticate` on a 401. */
  readonly challenge: string;
  /** Throws a `RequestError` (`unauthenticated`) for a caller that is not known. */
  authenticate(headers: IncomingHttpHeaders, remoteAddress: string | undefined): Application;
}

/** Throws an `Error` for a proxy that is neither an address nor a network. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return options.mode === 'keys'
    ? byKey(options.keys)
    : byTrustedHeader(options.applications, options.trustedProxies);
}

/** The token of RFC 6750. The bound keeps a hostile header from being hashed at length. */
const bearerPattern = /^Bearer +([A-Za-z0-9\-._~+/]{1,512}=*)$/i;

/**
 * The digest of the presented key is looked up, not compared in constant time: what timing could tell is
 * about a digest that the caller has computed already, and a key of high entropy does not follow from its digest.
 */
function byKey(keys: ReadonlyMap<string, Application>): Authenticator {
  return {
    challenge: 'Bearer realm="weir"',
    authenticate(headers) {
      const { authorization } = headers;
      if (authorization === undefined) throw unauthenticated('the request has no Authorization header');
      const key = bearerPattern.exec(authorization)?.[1];
      if (key === undefined) throw unauthenticated('the Authorization header does not carry a bearer key');
      const application = keys.get(hash('sha256', key, 'hex'));
      if (application === undefined) throw unauthenticated('the key is not known');
      return application;
    },
  };
}

function byTrustedHeader(
  applications: ReadonlyMap<string, Application>,
  trustedProxies: readonly string[],
): Authenticator {
  const trusted = parseProxies(trustedProxies);
  return {
    challenge: 'X-Weir-App realm="weir"',
    authenticate(headers, remoteAddress) {
      if (!isTrusted(trusted, remoteAddress))
        throw unauthenticated('the request does not come from a trusted proxy');
      const name = headers['x-weir-app'];
      if (name === undefined) throw unauthenticated('the request has no X-Weir-App header');
      const application = typeof name === 'string' ? applications.get(name) : undefined;
      if (application === undefined) throw unauthenticated('the application is not known');
      return application;
    },
  };
}

function parseProxies(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix, ...rest] = proxy.split('/');
    const version = isIP(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    const widest = version === 6 ? 128 : 32;
    const isPrefix = bits === undefined || (/^\d+$/.test(prefix ?? '') && bits <= widest);
    if (version === 0 || !isPrefix || rest.length > 0) {
      throw new Error(
        `trusted proxy ${JSON.stringify(proxy)} is neither an address nor a network like 10.0.0.0/8`,
      );
    }
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return list;
}

function isTrusted(trusted: BlockList, remoteAddress: string | undefined): boolean {
  // A link-local peer carries its zone (`fe80::1%eth0`), which is no part of the address.
  const address = remoteAddress?.split('%')[0] ?? '';
  const version = isIP(address);
  return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

function unauthenticated(detail: string): RequestError {
  return new RequestError('unauthenticated', detail);
}
