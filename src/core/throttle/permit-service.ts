import type { Application } from '../applications.ts';
import { RequestError } from '../errors.ts';
import { chargedLimits, isEnforced } from './booked-limits.ts';
import { untilGivenMs } from './gcra.ts';
import { type LimitedOperation, limitedOperations } from './limit.ts';
import type { BookedLimit, LimitBook } from './limit-book.ts';
import { slowedBy } from './limit-steering.ts';
import { type LimitState, StoreError } from './limit-store.ts';
import type { LocalLimits } from './local-limits.ts';
import { permitBounds } from './permit-bounds.ts';
import type { PermitMemory } from './permit-memory.ts';
import { type PermitRequest, readPermitId } from './permit-request.ts';
import type { PermitReturn, PermitStore, PermitVerdict } from './permits.ts';
import { paused, type RefusedCall, refusedCall, storeDown } from './refused-call.ts';
import type { SessionCheck } from './session-check.ts';
import type { StoreBreaker } from './store-breaker.ts';
import type { ThrottleTelemetry } from './telemetry.ts';
import type { PolicyState } from './throttle.ts';
import type { ThrottleEngine } from './throttle-engine.ts';

type Caller = Pick<Application, 'name' | 'className' | 'grants'>;

export interface GrantedPermit {
  readonly kind: 'granted';
  /** From 1 to the units asked for. */
  readonly units: number;
  /** How long they can be used or given back; 0: no more. */
  readonly expiresInMs: number;
  /** Until further ones could be had; whole; 0: all were granted, or further ones are there already. */
  readonly nextInMs: number;
  /** The application's own limit, where it is known. */
  readonly own?: PolicyState | undefined;
}

export interface ReturnedUnits {
  readonly kind: 'returned';
  /** At most what was granted. */
  readonly units: number;
  readonly operation: LimitedOperation | undefined;
}

/** A request for a permit, with a body that holds. */
export interface PermitCall extends PermitRequest {
  readonly caller: Caller;
  /** As in `X-Weir-Session`. */
  readonly sessionId: string | undefined;
}

/** Permits as applications ask for them. */
export interface PermitService {
  /** Rejects with a `RequestError`: `operation-not-granted`, `impossible` for a permit that was taken for another operation. */
  take(call: PermitCall): Promise<GrantedPermit | RefusedCall>;
  /** Rejects with a `RequestError`: `not-found` for a permit that the application has not, or not any more. */
  giveBack(caller: Caller, permitId: string, units: number): Promise<ReturnedUnits | RefusedCall>;
}

export interface PermitServiceParts {
  readonly store: PermitStore;
  /** What is granted while the store is down, and the share of the limits that it is granted from. */
  readonly local: PermitMemory;
  readonly locals: Pick<LocalLimits, 'decide' | 'drop' | 'untilUnitMs'>;
  /** Is told how the limits stand, as others are to be told of them. */
  readonly throttle: Pick<ThrottleEngine, 'note'>;
  readonly breaker: Pick<StoreBreaker, 'run' | 'state'>;
  readonly check: Pick<SessionCheck, 'refusalOf'>;
  readonly book: Pick<LimitBook, 'chain' | 'isPaused'>;
  readonly telemetry: Pick<ThrottleTelemetry, 'used' | 'refused' | 'near'>;
}

export function createPermitService(parts: PermitServiceParts): PermitService {
  return new Permits(parts);
}

class Permits implements PermitService {
  readonly #parts: PermitServiceParts;

  constructor(parts: PermitServiceParts) {
    this.#parts = parts;
  }

  async take(call: PermitCall): Promise<GrantedPermit | RefusedCall> {
    const { caller, permitId, operation } = call;
    const grants = [...caller.grants.values()];
    if (!grants.some(({ operations }) => operations.has(operation))) {
      throw new RequestError('operation-not-granted', `the application may ${operation} no table`);
    }
    const { check, book, local } = this.#parts;
    const withoutSession = await check.refusalOf(caller, call.sessionId);
    if (withoutSession !== undefined) return withoutSession;
    if (book.isPaused(caller.name)) return paused;
    const known = local.recall(caller.name, permitId);
    if (known !== undefined) {
      if (known.operation !== operation) throw otherOperation();
      return { kind: 'granted', units: known.units, expiresInMs: known.expiresInMs, nextInMs: 0 };
    }
    return this.#askStore(call).catch((error: unknown) => {
      if (error instanceof StoreError) return this.#takeHere(call);
      throw error;
    });
  }

  async giveBack(caller: Caller, permitId: string, units: number): Promise<ReturnedUnits | RefusedCall> {
    const id = readPermitId(permitId);
    const returned = id === undefined ? unknownPermit : await this.#giveBack(caller, id, units);
    if (returned === undefined) return storeDown;
    if (returned.kind === 'unknown') {
      throw new RequestError(
        'not-found',
        'the application has no such permit, or it is over or was returned',
      );
    }
    const operation = limitedOperations.find((known) => known === returned.operation);
    if (operation !== undefined) this.#parts.telemetry.used(caller.name, operation, -returned.units);
    return { kind: 'returned', units: returned.units, operation };
  }

  async #askStore(call: PermitCall): Promise<GrantedPermit | RefusedCall> {
    const { store, breaker, book, locals, throttle } = this.#parts;
    const { caller, permitId, operation, units } = call;
    const chain = book.chain(caller, operation);
    const taking = {
      application: caller.name,
      permitId,
      operation,
      limits: chargedLimits(chain),
      units,
      ttlMs: permitBounds.lifeMs,
    };
    const verdict = await breaker.run('permit-take', () => store.take(taking));
    if (breaker.state() === 'closed') locals.drop();
    if (verdict.kind === 'other-operation') throw otherOperation();
    this.#report(call, verdict);
    // A permit of one unit is never more than a burst.
    if (verdict.kind === 'oversize') throw new Error('a permit of one unit was oversize');
    throttle.note(caller, operation, chain, verdict.states);
    const own = ownState(chain, operation, verdict.states);
    if (verdict.kind === 'granted') {
      const nextInMs = verdict.units < units ? nextOf(chain, verdict.states) : 0;
      return { kind: 'granted', units: verdict.units, expiresInMs: verdict.expiresInMs, nextInMs, own };
    }
    const violated = verdict.violated.flatMap((index) => chain[index]?.policy ?? []);
    return { ...overQuota(verdict.retryAfterMs, violated, slowedBy(chain, violated)), own };
  }

  /** From this instance's share of the limits. Never charges twice either, but knows only of permits that it granted itself. */
  #takeHere({ caller, permitId, operation, units }: PermitCall): GrantedPermit | RefusedCall {
    const { locals, local, book, telemetry } = this.#parts;
    const roomInMs = local.roomInMs(caller.name);
    if (roomInMs > 0) return overQuota(roomInMs, []);
    const chain = book.chain(caller, operation);
    const { granted, refusal, source, expiresAtMs } = locals.decide(chain, units, 1);
    if (granted < units) telemetry.refused(caller.name, operation, units - granted, 'on');
    if (granted === 0) {
      if (refusal?.reason !== 'over') return storeDown;
      return overQuota(refusal.retryAfterMs ?? 0, refusal.violated, slowedBy(chain, refusal.violated));
    }
    telemetry.used(caller.name, operation, granted);
    const refund = (unused: number): void => source.settle(unused, expiresAtMs);
    const permit = { units: granted, operation, refund };
    local.remember(caller.name, permitId, permit, permitBounds.lifeMs);
    const nextInMs = granted < units ? Math.ceil(locals.untilUnitMs(chain)) : 0;
    return { kind: 'granted', units: granted, expiresInMs: permitBounds.lifeMs, nextInMs };
  }

  /** Undefined: the store is down. */
  async #giveBack(caller: Caller, permitId: string, units: number): Promise<PermitReturn | undefined> {
    const { store, local, breaker } = this.#parts;
    const here = local.giveBack(caller.name, permitId, units);
    if (here.kind === 'returned') return here;
    return breaker
      .run('permit-return', () => store.giveBack({ application: caller.name, permitId, units }))
      .catch((error: unknown) => {
        if (error instanceof StoreError) return undefined;
        throw error;
      });
  }

  #report(
    { caller: { name }, operation, units }: PermitCall,
    verdict: Exclude<PermitVerdict, { kind: 'other-operation' }>,
  ): void {
    const { telemetry } = this.#parts;
    if (verdict.kind !== 'granted') {
      telemetry.refused(name, operation, units, 'on');
      return;
    }
    if (verdict.repeated) return;
    telemetry.used(name, operation, verdict.units);
    if (verdict.units < units) telemetry.refused(name, operation, units - verdict.units, 'on');
    const inShadow = Math.max(0, ...verdict.states.map(({ shadowRefused }) => shadowRefused));
    if (inShadow > 0) telemetry.refused(name, operation, inShadow, 'shadow');
    if (verdict.states.some(({ near }) => near)) telemetry.near(name, operation);
  }
}

const unknownPermit: PermitReturn = { kind: 'unknown' };

function otherOperation(): RequestError {
  return new RequestError('impossible', 'the permit was taken for another operation');
}

/** Until every limit that is enforced gives one more unit. */
function nextOf(chain: readonly BookedLimit[], states: readonly LimitState[]): number {
  const waits = chain.map((booked, index) => {
    const state = states[index];
    return state === undefined || !isEnforced(booked) ? 0 : untilGivenMs(booked.limit, state, 1);
  });
  return Math.ceil(Math.max(0, ...waits));
}

function ownState(
  chain: readonly BookedLimit[],
  operation: LimitedOperation,
  states: readonly LimitState[],
): PolicyState | undefined {
  const [innermost] = chain;
  const [state] = states;
  if (innermost === undefined || state === undefined) return undefined;
  if (innermost.policy !== operation || !isEnforced(innermost)) return undefined;
  const { rate, burst } = innermost.limit;
  return { policy: innermost.policy, rate, burst, remaining: state.remaining, fullInMs: state.fullInMs };
}

function overQuota(retryAfterMs: number, violated: readonly string[], slowed?: number): RefusedCall {
  const detail =
    violated.length > 0
      ? 'not one unit can be had now'
      : `more than ${permitBounds.mostRemembered} permits were taken within ${permitBounds.rememberedMs / 1_000} s: ask for more units at once`;
  const refused = { ...refusedCall('over-quota', detail), retryAfterMs, violated };
  return slowed === undefined ? refused : { ...refused, slowed };
}
