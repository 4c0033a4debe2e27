import { Account, type AccountParts } from './account.ts';
import { type LimitedOperation, limitedOperations } from './limit.ts';
import type { BookedLimit } from './limit-book.ts';
import type { LimitState } from './limit-store.ts';
import { LocalLimits } from './local-limits.ts';
import type { Ask, Throttle } from './throttle.ts';
import type { ThrottleParts } from './throttle-parts.ts';

/** Units of one application for one operation. */
export interface HeldUnits {
  readonly application: string;
  readonly operation: LimitedOperation;
  readonly units: number;
}

export interface ThrottleEngine extends Throttle {
  /** What takes the place of the store while it is down, also for those who ask it themselves. */
  readonly locals: LocalLimits;
  /** From those who charge limits by themselves: how the store said that each limit of the chain stands. */
  note(
    application: Ask['application'],
    operation: LimitedOperation,
    chain: readonly BookedLimit[],
    states: readonly LimitState[],
  ): void;
  /** Taken and not spent yet. */
  leased(): readonly HeldUnits[];
  /** Taken, neither spent nor given back, since the start: the store could not be told. */
  strandedUnits(): number;
  /** Refuses those who wait and gives leases back; resolves when the store knows, within 50 ms. */
  close(): Promise<void>;
}

/** An account that a change finds at rest is dropped: it begins anew where it is still asked for. */
const atRestMs = 5_000;

export function createThrottle(parts: ThrottleParts): ThrottleEngine {
  return new Engine(parts);
}

class Engine implements ThrottleEngine {
  readonly locals: LocalLimits;
  readonly #parts: AccountParts;
  /** Of those in the configuration, and of those that were when it last changed. */
  readonly #accounts: Readonly<Record<LimitedOperation, Map<string, Account>>>;
  readonly #stopListening: readonly (() => void)[];
  #stranded = 0;

  constructor(parts: ThrottleParts) {
    const { clock, instances, book, breaker, telemetry } = parts;
    const locals = new LocalLimits(clock, instances);
    this.locals = locals;
    this.#parts = {
      ...parts,
      locals,
      onStranded: (application, operation, units) => {
        this.#stranded += units;
        telemetry.stranded(application, operation, units);
      },
    };
    this.#accounts = { read: new Map(), write: new Map(), scan: new Map(), connect: new Map() };
    this.#stopListening = [
      book.onChange(() => {
        locals.dropFull();
        this.#refresh();
      }),
      breaker.onChange((state) => {
        if (state === 'closed') locals.drop();
        for (const account of this.#all()) account.wake();
      }),
    ];
  }

  admit(ask: Ask): ReturnType<Throttle['admit']> {
    return this.#account(ask.application, ask.operation).admit(ask);
  }

  standing(application: Ask['application'], operation: LimitedOperation): ReturnType<Throttle['standing']> {
    return this.#account(application, operation).standing();
  }

  pace(application: Ask['application'], operation: LimitedOperation): ReturnType<Throttle['pace']> {
    return this.#account(application, operation).pace();
  }

  note(
    application: Ask['application'],
    operation: LimitedOperation,
    chain: readonly BookedLimit[],
    states: readonly LimitState[],
  ): void {
    this.#account(application, operation).note(chain, states);
  }

  leased(): readonly HeldUnits[] {
    return this.#all().flatMap((account) => {
      const { application, operation } = account;
      const units = account.leased();
      return units > 0 ? { application, operation, units } : [];
    });
  }

  strandedUnits(): number {
    return this.#stranded;
  }

  async close(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    await Promise.all(this.#all().map((account) => account.close()));
  }

  #account(application: Ask['application'], operation: LimitedOperation): Account {
    const accounts = this.#accounts[operation];
    let account = accounts.get(application.name);
    if (account === undefined) {
      account = new Account(this.#parts, application, operation);
      accounts.set(application.name, account);
    }
    return account;
  }

  #refresh(): void {
    for (const operation of limitedOperations) {
      const accounts = this.#accounts[operation];
      for (const [name, account] of accounts) {
        if (account.isIdle(atRestMs)) {
          accounts.delete(name);
          void account.close();
        } else account.refresh();
      }
    }
  }

  #all(): readonly Account[] {
    return limitedOperations.flatMap((operation) => [...this.#accounts[operation].values()]);
  }
}
