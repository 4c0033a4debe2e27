interface Address {
  readonly host: string;
  readonly port: number;
}

/** Which Redis, and how the fleet uses it. */
export interface RedisOptions {
  readonly servers:
    | { readonly kind: 'single'; readonly address: Address; readonly database: number }
    | { readonly kind: 'sentinel'; readonly sentinels: readonly Address[]; readonly master: string }
    | { readonly kind: 'cluster'; readonly nodes: readonly Address[] };
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Of the sentinels themselves, where it differs. */
  readonly sentinelPassword?: string | undefined;
  /** Undefined: no TLS. `ca`: PEM text; undefined: the authorities that Node trusts. */
  readonly tls?: { readonly ca?: string | undefined } | undefined;
  /** Names the fleet: all keys begin with it in braces, so that one slot of a cluster has them all. */
  readonly fleet: string;
  /** Whose clock counts: that of Redis, or of the callers where scripts may not ask for the time. */
  readonly clock: 'redis' | 'caller';
}
