import type { ReadAccount } from '../core/reads/look-up.ts';

/**
 * `Cache-Status` by RFC 9211; undefined for a table without a cache. A look-up is a hit where the cache had every
 * key fresh. Else keys went on towards Cassandra, and `fwd` says why: `bypass` (the application does without the
 * cache), `request` (the request wanted no cached row), `partial` (some keys were fresh), `stale` (all that went on
 * were answered beyond their time, because Cassandra failed), `miss`. `collapsed`: reads of other requests answered
 * all that went on.
 */
export function cacheStatusOf({ cache, cacheHits: fresh, joined }: ReadAccount): string | undefined {
  if (cache === undefined) return undefined;
  if (cache.use === 'off') return 'weir; fwd=bypass';
  if (cache.use === 'refused') return 'weir; fwd=request';
  const { keys, stale } = cache;
  const forwarded = keys - fresh;
  if (forwarded === 0) return 'weir; hit';
  const reason = fresh > 0 ? 'partial' : stale === forwarded ? 'stale' : 'miss';
  const collapsed = joined === forwarded;
  const detail = [
    ...(fresh > 0 ? [`${fresh} of ${keys} keys`] : []),
    ...(stale > 0 ? [`${stale} stale`] : []),
    ...(joined > 0 && !collapsed ? [`${joined} joined`] : []),
  ].join(', ');
  return `weir; fwd=${reason}${collapsed ? '; collapsed' : ''}${detail === '' ? '' : `; detail="${detail}"`}`;
}
