import type { FastifyInstance, FastifyReply } from 'fastify';
import { RequestError } from '../core/errors.ts';

/** The methods that an address takes, those of all patterns that it fits; empty for an address that is not served. */
export type AllowedMethods = (url: string) => readonly string[];

/** Of the routes that are added after this call. The framework itself answers a wrong method as an unknown address. */
export function collectAllowedMethods(app: FastifyInstance): AllowedMethods {
  const patterns = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const entry = patterns.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    patterns.set(url, entry);
    for (const name of [method].flat()) entry.methods.add(name.toUpperCase());
  });
  return (url) => {
    const path = url.split(/[?#]/, 1)[0] ?? '';
    const fitting = [...patterns.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(fitting.flatMap(({ methods }) => [...methods]))].toSorted();
  };
}

/** `/v1/:keyspace/:table` as an expression; our routes have no other wildcards. */
function patternOf(url: string): RegExp {
  const segments = url
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[^A-Za-z0-9_-]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}$`);
}

/** For an address without a route for this method. Throws a `RequestError`: `not-found`, or `method-not-allowed` with `Allow`. */
export function refuseAddress(reply: FastifyReply, methods: readonly string[]): never {
  if (methods.length === 0) throw new RequestError('not-found', 'there is nothing at this address');
  reply.header('allow', methods.join(', '));
  throw new RequestError('method-not-allowed', `the address takes ${methods.join(', ')}`);
}
