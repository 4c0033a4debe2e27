import { isIP } from 'node:net';

/**
 * Whether a `Host` header may be served: `localhost`, one of `names` (lower-case), or any address. Rebinding
 * makes a browser send its own site's **name** here with this port's address behind it; a caller that
 * wrote an address reached what it asked for. A header that is absent or malformed is refused.
 */
export function isAllowedHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header ?? '');
  if (match === null) return false;
  const [, v6, name = ''] = match;
  if (v6 !== undefined) return isIP(v6) === 6;
  const host = name.toLowerCase();
  return host === 'localhost' || isIP(host) === 4 || names.has(host);
}
