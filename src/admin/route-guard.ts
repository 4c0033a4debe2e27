import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AllowedMethods, refuseAddress } from '../web/allowed-methods.ts';
import { refuseForeignPages } from '../web/browser-guard.ts';
import { type AdminAccess, requireRole } from './access.ts';
import type { Change } from './audit.ts';
import { exchangeOf } from './exchange.ts';
import { refuseForeignChange } from './foreign-change.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may; everyone when left out. */
    needs?: Need;
    /** What the route changes. */
    change?: Change;
  }
}

/**
 * - `metrics`: a viewer, unless the metrics are open
 * - `viewing`: a viewer, unless viewing is open
 * - `operator`: an operator, whatever is open
 */
export type Need = 'metrics' | 'viewing' | 'operator';

export interface GuardParts {
  /** Names beside `localhost` under which the port is reached, in lower case. */
  readonly hosts: ReadonlySet<string>;
  readonly allowedMethods: AllowedMethods;
}

/** Everything that is decided before the body is read. Throws a `RequestError`. */
export function guardRoute(request: FastifyRequest, reply: FastifyReply, parts: GuardParts): void {
  refuseForeignPages(request.headers, parts.hosts, request.protocol);
  if (request.method !== 'GET' && request.method !== 'HEAD') refuseForeignChange(request.headers);
  if (request.is404) refuseAddress(reply, parts.allowedMethods(request.url));
  const { needs } = request.routeOptions.config;
  const { access, caller } = exchangeOf(request);
  if (needs === undefined || isOpen(needs, access)) return;
  requireRole(caller, needs === 'operator' ? 'operator' : 'viewer');
}

function isOpen(needs: Need, access: AdminAccess): boolean {
  return (needs === 'metrics' && access.openMetrics) || (needs === 'viewing' && access.openViewing);
}
