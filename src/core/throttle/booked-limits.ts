/** What a chain of limits asks of whoever counts. */
import type { BookedLimit } from './limit-book.ts';
import type { ChargedLimit } from './limit-store.ts';

export function isEnforced({ limit }: BookedLimit): boolean {
  return limit.enforce === 'on';
}

export function chargedLimits(chain: readonly BookedLimit[]): readonly ChargedLimit[] {
  return chain.map((booked) => ({
    id: booked.id,
    rate: booked.limit.rate,
    burst: booked.limit.burst,
    enforced: isEnforced(booked),
  }));
}

/** Whether an enforced limit says to deny while the store is down. */
export function deniesWithoutStore(chain: readonly BookedLimit[]): boolean {
  return chain.some((booked) => isEnforced(booked) && booked.limit.onStoreDown === 'deny');
}
