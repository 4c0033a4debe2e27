import type { Application } from '../applications.ts';
import {
  type Limit,
  type LimitedOperation,
  type LimitId,
  type LimitSubject,
  limitedOperations,
  limitId,
  policyName,
  subjectName,
} from './limit.ts';
import type { ShownLimit } from './limit-administration.ts';
import { type BookedLimit, type LimitBook, noRunTimeSettings, type RunTimeSettings } from './limit-book.ts';
import { inSteps, isSameSteering, type LimitSteering, noSteering, steeredLimits } from './limit-steering.ts';
import {
  changeOf,
  effectiveLimits,
  type FileLimits,
  isSameLimit,
  limitIds,
  mergeLimit,
  parseLimitId,
  type WrittenLimit,
} from './settings-changes.ts';

type Caller = Pick<Application, 'name' | 'className'>;

/** A limit book whose sources change while it is read. */
export interface LiveLimitBook extends LimitBook {
  /**
   * Limits are taken complete, or with only what is written of them: then a burst that is not written follows a rate that
   * is changed at run time.
   */
  setFile(limits: ReadonlyMap<LimitId, WrittenLimit>, applications: readonly Caller[]): void;
  /** Changes for whom the file does not have are kept, and have no effect until it does. */
  setRunTime(settings: RunTimeSettings): void;
  /** What the guard makes of them; only `chain` tells of it. */
  setSteering(steering: LimitSteering): void;
  file(): FileLimits;
  /** All that are in the file or set at run time, by id, as they are set. */
  view(): readonly ShownLimit[];
  /** What is set, be it `off`; undefined: there is none. */
  limitOf(id: LimitId): Limit | undefined;
}

export function createLimitBook(): LiveLimitBook {
  return new Book();
}

/** The chains of one application, made when they are first asked for. */
interface Chains {
  readonly className: string;
  readonly byOperation: Partial<Record<LimitedOperation, readonly BookedLimit[]>>;
}

class Book implements LiveLimitBook {
  #file: FileLimits = { limits: new Map(), applications: new Map() };
  #settings = noRunTimeSettings;
  #steering = noSteering;
  #limits: ReadonlyMap<LimitId, Limit> = new Map();
  #paused: ReadonlySet<string> = new Set();
  /** Of the applications that the file has, and of no others. */
  #chains: ReadonlyMap<string, Chains> = new Map();
  readonly #listeners = new Set<() => void>();

  chain(application: Caller, operation: LimitedOperation): readonly BookedLimit[] {
    const chains = this.#chains.get(application.name);
    // The caller of a request that began before the file was changed: rare, and not worth keeping.
    if (chains?.className !== application.className) return this.#makeChain(application, operation);
    chains.byOperation[operation] ??= this.#makeChain(application, operation);
    return chains.byOperation[operation];
  }

  isPaused(application: string): boolean {
    return this.#paused.has(application);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setFile(limits: ReadonlyMap<LimitId, WrittenLimit>, applications: readonly Caller[]): void {
    const classes = new Map(applications.map(({ name, className }) => [name, className]));
    this.#take({ limits: new Map(limits), applications: classes }, this.#settings);
  }

  setRunTime(settings: RunTimeSettings): void {
    this.#take(this.#file, settings);
  }

  setSteering(steering: LimitSteering): void {
    const next = inSteps(steering);
    if (isSameSteering(next, this.#steering)) return;
    this.#steering = next;
    this.#changeChains();
  }

  file(): FileLimits {
    return this.#file;
  }

  view(): readonly ShownLimit[] {
    return limitIds(this.#file, this.#settings).flatMap((id) => {
      const parsed = parseLimitId(id);
      if (parsed === undefined) return [];
      const { subject, operation } = parsed;
      return {
        id,
        subject: subjectName(subject),
        operation,
        limit: this.#limits.get(id) ?? null,
        file: mergeLimit(operation, this.#file.limits.get(id), undefined) ?? null,
        change: changeOf(this.#settings, id) ?? null,
      };
    });
  }

  limitOf(id: LimitId): Limit | undefined {
    return this.#limits.get(id);
  }

  /** What stays as it is stays the same object: who holds something by it (a lease, a refusal) need not start anew. */
  #take(file: FileLimits, settings: RunTimeSettings): void {
    const limits = keepSame(this.#limits, effectiveLimits(file, settings));
    const paused = new Set(settings.paused);
    const isSame =
      isEqualMap(limits, this.#limits) &&
      isEqualMap(file.applications, this.#file.applications) &&
      paused.size === this.#paused.size &&
      [...paused].every((name) => this.#paused.has(name));
    this.#file = file;
    this.#settings = settings;
    if (isSame) return;
    this.#limits = limits;
    this.#paused = paused;
    this.#changeChains();
  }

  #changeChains(): void {
    const before = this.#chains;
    this.#chains = new Map(
      [...this.#file.applications].map(([name, className]) => [
        name,
        { className, byOperation: this.#keepChains({ name, className }, before.get(name)) },
      ]),
    );
    for (const listener of [...this.#listeners]) listener();
  }

  #keepChains(application: Caller, before: Chains | undefined): Chains['byOperation'] {
    const kept: Chains['byOperation'] = {};
    for (const operation of limitedOperations) {
      const held = before?.byOperation[operation];
      if (held !== undefined && isSameChain(held, this.#makeChain(application, operation))) {
        kept[operation] = held;
      }
    }
    return kept;
  }

  #makeChain({ name, className }: Caller, operation: LimitedOperation): readonly BookedLimit[] {
    const subjects: readonly LimitSubject[] = [
      { kind: 'application', name },
      { kind: 'class', name: className },
      { kind: 'fleet' },
    ];
    const ids = subjects.map((subject) => limitId(subject, operation));
    const [own, ofClass, ofFleet] = ids.map((id) => this.#limitThatCounts(id));
    const steered = steeredLimits({ own, ofClass, ofFleet }, this.#steering, className, operation);
    const limits = [steered.own, steered.ofClass, steered.ofFleet];
    return subjects.flatMap((subject, at) => {
      const limit = limits[at];
      return limit === undefined
        ? []
        : [{ id: ids[at] as LimitId, policy: policyName(subject, operation), ...limit }];
    });
  }

  #limitThatCounts(id: LimitId): Limit | undefined {
    const limit = this.#limits.get(id);
    return limit?.enforce === 'off' ? undefined : limit;
  }
}

function keepSame(
  held: ReadonlyMap<LimitId, Limit>,
  next: ReadonlyMap<LimitId, Limit>,
): ReadonlyMap<LimitId, Limit> {
  return new Map(
    [...next].map(([id, limit]) => {
      const before = held.get(id);
      return [id, before !== undefined && isSameLimit(before, limit) ? before : limit];
    }),
  );
}

function isEqualMap<Value>(one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

function isSameChain(one: readonly BookedLimit[], other: readonly BookedLimit[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ id, limit, slowed }, at) => {
      const another = other[at];
      return id === another?.id && slowed === another.slowed && isSameLimit(limit, another.limit);
    })
  );
}
