import { BlockList } from 'node:net';
import type { Config } from '../config/config.ts';

/** The names by which the data port may be called; undefined where any will do. */
export function guardedHosts(config: Config): ReadonlySet<string> | undefined {
  return believesLoopback(config) ? new Set(config.data.allowedHosts) : undefined;
}

/**
 * Whether the word of somebody on this machine is taken for who the caller is: that somebody may be a page in a
 * browser, which the `Host` header gives away.
 */
function believesLoopback({ authentication }: Config): boolean {
  if (authentication.mode !== 'trusted') return false;
  return authentication.trustedProxies.some((proxy) => {
    const [address = '', bits] = proxy.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const list = new BlockList();
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
    return family === 'ipv6' ? list.check('::1', family) : list.check('127.0.0.1', family);
  });
}
