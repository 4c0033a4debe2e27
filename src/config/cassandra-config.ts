import { checked } from './checked.ts';
import type { FileContents } from './file-contents.ts';
import type { Settings } from './schema.ts';

interface ClusterConfig {
  /** `ignore`: every node counts as well, however late it is. */
  readonly sickNodes: 'avoid' | 'ignore';
}

export interface EmbeddedCassandra extends ClusterConfig {
  readonly kind: 'embedded';
  /** Where this instance stands. */
  readonly datacenter: string;
  readonly rack?: string;
  readonly datacenters: readonly EmbeddedDatacenter[];
  /** Products in `shop.products`: `sku-1` to `sku-<seedRows>`. */
  readonly seedRows: number;
  readonly tokensPerNode: number;
}

interface EmbeddedDatacenter {
  readonly name: string;
  readonly nodes: number;
  /** At most one a node. */
  readonly racks: number;
}

export interface ContactedCassandra extends ClusterConfig {
  readonly kind: 'contact-points';
  /** `host` or `host:port`. */
  readonly contactPoints: readonly string[];
  readonly datacenter: string;
  readonly rack?: string;
  readonly login?: { readonly username: string; readonly password: string };
  readonly tls?: ClusterTls;
}

/** TLS to the nodes; PEM texts. */
interface ClusterTls {
  /** Absent: the authorities that Node knows. */
  readonly ca?: string;
  /** Both or neither. */
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
  readonly serverName?: string;
}

/** The cluster of checked settings. */
export function cassandraFrom(
  cassandra: Settings['cassandra'],
  contents: FileContents,
): EmbeddedCassandra | ContactedCassandra {
  const { embedded, contactPoints, rack, sickNodes } = cassandra;
  const shared = rack === undefined ? { sickNodes } : { rack, sickNodes };
  if (embedded !== undefined) {
    const datacenters = Object.entries(embedded.datacenters).map(([name, nodes]) => ({
      name,
      nodes,
      racks: Math.min(nodes, embedded.racks),
    }));
    return {
      kind: 'embedded',
      datacenter: checked(cassandra.datacenter ?? datacenters[0]?.name),
      ...shared,
      datacenters,
      seedRows: embedded.seedRows,
      tokensPerNode: embedded.tokensPerNode,
    };
  }
  return {
    kind: 'contact-points',
    contactPoints: checked(contactPoints),
    datacenter: checked(cassandra.datacenter),
    ...shared,
    ...loginFrom(cassandra, contents),
    ...tlsFrom(cassandra.tls, contents),
  };
}

function loginFrom(
  cassandra: Settings['cassandra'],
  contents: FileContents,
): Pick<ContactedCassandra, 'login'> {
  const username = cassandra.username ?? contents.get('cassandra.usernameFile');
  if (username === undefined) return {};
  const password = checked(cassandra.password ?? contents.get('cassandra.passwordFile'));
  return { login: { username, password } };
}

function tlsFrom(tls: Settings['cassandra']['tls'], contents: FileContents): Pick<ContactedCassandra, 'tls'> {
  if (tls === undefined) return {};
  const ca = contents.get('cassandra.tls.caFile');
  const cert = contents.get('cassandra.tls.certFile');
  const key = contents.get('cassandra.tls.keyFile');
  return {
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      verify: tls.verify,
      ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
    },
  };
}
