/** An application's own limits, as it is told of them. */
import type { Application } from '../applications.ts';
import { type Limit, type LimitedOperation, limitedOperations, limitId } from './limit.ts';
import type { LimitBook } from './limit-book.ts';
import type { Throttle } from './throttle.ts';

/** `remaining`, `used` and `fullInMs` are null where nothing is counted for the caller: a limit that is not enforced. */
export interface OwnLimit extends Pick<Limit, 'rate' | 'burst' | 'mode' | 'enforce' | 'sessions'> {
  readonly operation: LimitedOperation;
  /** As in headers and refusals. */
  readonly policy: string;
  /** Units that could be had at once, as last known; whole. */
  readonly remaining: number | null;
  /** Of the burst; whole. */
  readonly used: number | null;
  /** Until the whole burst could be had; whole, never early. */
  readonly fullInMs: number | null;
}

export interface OwnLimits {
  readonly application: string;
  /** In the order read, write, scan, connect; operations without a limit of the application's own are absent. */
  readonly limits: readonly OwnLimit[];
  /** By an operator: whatever costs units is refused. */
  readonly paused: boolean;
}

export type TellOwnLimits = (application: Pick<Application, 'name' | 'className'>) => OwnLimits;

export function createOwnLimits(
  book: Pick<LimitBook, 'chain' | 'isPaused'>,
  throttle: Pick<Throttle, 'standing'>,
): TellOwnLimits {
  return (application) => ({
    application: application.name,
    limits: limitedOperations.flatMap((operation): OwnLimit[] => {
      const id = limitId({ kind: 'application', name: application.name }, operation);
      const booked = book.chain(application, operation).find((candidate) => candidate.id === id);
      if (booked === undefined) return [];
      const { rate, burst, mode, enforce, sessions } = booked.limit;
      const standing = enforce === 'on' ? throttle.standing(application, operation) : undefined;
      const remaining = standing === undefined ? null : Math.floor(standing.remaining);
      return [
        {
          operation,
          policy: booked.policy,
          rate,
          burst,
          remaining,
          used: remaining === null ? null : Math.max(0, burst - remaining),
          fullInMs: standing === undefined ? null : Math.ceil(standing.fullInMs),
          mode,
          enforce,
          ...(sessions === undefined ? {} : { sessions }),
        },
      ];
    }),
    paused: book.isPaused(application.name),
  });
}
