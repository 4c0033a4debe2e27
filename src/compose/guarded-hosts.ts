import { BlockList } from 'node:net';
import type { Config } from '../config/config.ts';

/**
 * The names, lower-case, by which the data port may be called by the configuration in force; undefined where any will
 * do. Asked at each request, hence found out once for each configuration.
 */
export function createGuardedHosts(current: () => Config): () => ReadonlySet<string> | undefined {
  let config: Config | undefined;
  let names: ReadonlySet<string> | undefined;
  return () => {
    if (config !== current()) {
      config = current();
      names = believesLoopback(config)
        ? new Set(config.data.allowedHosts.map((name) => name.toLowerCase()))
        : undefined;
    }
    return names;
  };
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
    // An IPv6 rule such as `::ffff:127.0.0.1` may hold addresses of IPv4, too.
    return list.check('::1', 'ipv6') || list.check('127.0.0.1', 'ipv4');
  });
}
