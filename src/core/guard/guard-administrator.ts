import { timestampText } from '../encoding/calendar-text.ts';
import { RequestError } from '../errors.ts';
import { StoreError } from '../throttle/limit-store.ts';
import type { StoreBreaker } from '../throttle/store-breaker.ts';
import type { GuardAdministration, GuardOverride } from './guard.ts';
import type { GuardKeeper, GuardKeeperParts } from './guard-keeper.ts';
import type { GuardStore } from './guard-store.ts';

export interface GuardAdministratorParts extends Pick<GuardKeeperParts, 'settings'> {
  readonly store: Pick<GuardStore, 'setOverride'>;
  readonly breaker: Pick<StoreBreaker, 'run'>;
  readonly keeper: Pick<GuardKeeper, 'view' | 'overrideVersion' | 'takeOverride'>;
  /** Since 1970. */
  readonly wallMs: () => number;
}

const leastFactor = 0.01;
/** Longer than a request waits for the store: nobody else waits for an operator's change. */
const patienceMs = 1_000;

/** A factor from 0.01 to 1, and only where there is a guard: `invalid-request` otherwise. */
export function createGuardAdministrator(parts: GuardAdministratorParts): GuardAdministration {
  const { store, breaker, keeper, settings, wallMs } = parts;
  const overrideOf = (factor: number, by: string): GuardOverride => {
    if (settings() === undefined) throw new RequestError('invalid-request', 'no guard is configured');
    if (!(factor >= leastFactor && factor <= 1)) {
      throw new RequestError('invalid-request', 'nothing is changed', [
        { pointer: '/factor', detail: `must be a number from ${leastFactor} to 1, or null` },
      ]);
    }
    return { factor, by, at: timestampText(BigInt(Math.floor(wallMs()))) };
  };
  return {
    view: () => keeper.view(),
    async override(factor, by) {
      const override = factor === null ? undefined : overrideOf(factor, by);
      const known = keeper.overrideVersion();
      let version: number;
      try {
        version = await breaker.run('guard-override', () => store.setOverride(override, known), patienceMs);
      } catch (error) {
        throw error instanceof StoreError ? unavailable(error) : error;
      }
      keeper.takeOverride({ version, override });
      return keeper.view();
    },
  };
}

function unavailable({ reason }: StoreError): RequestError {
  const detail =
    reason === 'open' || reason === 'unreachable'
      ? 'the store of the limits does not answer; nothing is changed'
      : 'the store did not answer; whether the change was made is seen when it does again';
  return new RequestError('limiter-unavailable', detail);
}
