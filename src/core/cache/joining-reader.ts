import type { Clock, KeyBytes, ReadTelemetry } from '../ports.ts';
import type { KeyOutcome, KeyReader, ReadBatch, ReadReport, ReadResult } from '../reads/key-reader.ts';
import { fitOutcome } from '../reads/outcome-room.ts';
import { addReports, unsentReport } from '../reads/read-report.ts';
import type { Bounds } from '../reads/settings.ts';
import type { BatchView } from './batch-view.ts';
import { createFlights, type Flight, type Flights, type Joiner } from './flights.ts';
import type { ReadCache } from './row-cache.ts';

export interface JoiningReaderParts {
  readonly cache: Pick<ReadCache, 'view'>;
  readonly clock: Clock;
  readonly telemetry: Pick<ReadTelemetry, 'unexpected'>;
  readonly ringEpoch: () => number;
  /** So many keys may wait for reads of others; what comes on top is read. */
  readonly bounds: Pick<Bounds, 'keysInFlight'>;
}

/**
 * Of batches that read the same key alike and at once, the first reads it and the others take its result: its rows,
 * neither its deadline nor its failure. A key whose joined read failed is read once more, by the joiner whose deadline
 * is the latest; the others join that read, and what comes of it is final. Therefore nobody joins a second time a read
 * that may end before its own deadline; such a key is read here.
 *
 * Only for tables that are cached, and for callers who use the cache: a read that began before the caller asked can lack
 * a write that was acknowledged since, which such a caller has agreed to and another has not. A `noCache` batch joins
 * nobody; others may join it. A read that began before an invalidation is joined by nobody who asks after it.
 */
export function createJoiningReader(parts: JoiningReaderParts, next: KeyReader): JoiningReader {
  const flights = createFlights(() => parts.bounds.keysInFlight);
  const join = (batch: ReadBatch, mayRepeat: boolean): Promise<ReadResult> => {
    const view = parts.cache.view(batch);
    if (view === undefined || batch.deadlineMs <= parts.clock.nowMs()) return next(batch);
    const repeat = mayRepeat ? (again: ReadBatch) => join(again, false) : undefined;
    return new Promise((resolve) => {
      new JoiningBatch(parts, flights, batch, { next, repeat, resolve }).start(view);
    });
  };
  const read: KeyReader = (batch) => join(batch, true);
  return Object.assign(read, {
    wouldJoin(batch: ReadBatch) {
      let room = batch.noCache ? 0 : flights.room();
      if (room === 0 || batch.deadlineMs <= parts.clock.nowMs()) return undefined;
      const view = parts.cache.view(batch);
      if (view === undefined) return undefined;
      const names = namesOf(batch, view);
      return batch.keys.map((_, key) => {
        if (room === 0 || flights.find(names(key)) === undefined) return false;
        room -= 1;
        return true;
      });
    },
  });
}

export interface JoiningReader extends KeyReader {
  /**
   * Of each key, whether the batch would join a read under way if it were read now; undefined: none. Changes nothing.
   */
  wouldJoin(batch: ReadBatch): readonly boolean[] | undefined;
}

/** The name of the read of each key, by place in the batch. */
function namesOf({ keys, identities, speculation }: ReadBatch, view: BatchView): (key: number) => string {
  const nameOf = view.flightNames(speculation);
  return (key) => {
    const bytes = keys[key] as KeyBytes;
    return nameOf(view.begin(view.partitionOf(bytes, identities?.[key]), view.clusteringOf(bytes)));
  };
}

interface Ways {
  readonly next: KeyReader;
  /** Reads keys again whose joined reads failed; undefined: that is over. */
  readonly repeat: KeyReader | undefined;
  readonly resolve: (result: ReadResult) => void;
}

const expired: KeyOutcome = { status: 'error', problem: 'replica-timeout' };
const faulty: KeyOutcome = { status: 'error', problem: 'internal' };

class JoiningBatch {
  readonly #parts: JoiningReaderParts;
  readonly #flights: Flights;
  readonly #batch: ReadBatch;
  readonly #ways: Ways;
  readonly #outcomes: (KeyOutcome | undefined)[];
  /** How to stop waiting, by key that waits for somebody else's read. */
  readonly #waiting = new Map<number, () => void>();
  /** Keys to be read again. */
  #again: number[] = [];
  /** Reads of this batch that have not ended, and one while `#again` is being collected. */
  #reads = 0;
  #joined = 0;
  #expired = false;
  #report: ReadReport | undefined;
  #cancelDeadline: () => void = () => {};

  constructor(parts: JoiningReaderParts, flights: Flights, batch: ReadBatch, ways: Ways) {
    this.#parts = parts;
    this.#flights = flights;
    this.#batch = batch;
    this.#ways = ways;
    this.#outcomes = batch.keys.map(() => undefined);
  }

  start(view: BatchView): void {
    const { keys, noCache, deadlineMs } = this.#batch;
    const names = namesOf(this.#batch, view);
    const led: number[] = [];
    const begun: Flight[] = [];
    keys.forEach((_, key) => {
      const name = names(key);
      const flight = noCache ? undefined : this.#flights.find(name);
      if (flight !== undefined && this.#mayJoin(flight)) {
        this.#join(flight, key);
        return;
      }
      led.push(key);
      begun.push(this.#flights.begin(name, deadlineMs));
    });
    if (this.#waiting.size > 0) {
      const { clock } = this.#parts;
      this.#cancelDeadline = clock.after(deadlineMs - clock.nowMs(), () => this.#expire());
    }
    if (led.length > 0) this.#lead(led, begun);
    this.#finishWhenDone();
  }

  /** Where the failure of the read would be final, it must not come of a deadline before this batch's. */
  #mayJoin(flight: Flight): boolean {
    return this.#ways.repeat !== undefined || flight.deadlineMs >= this.#batch.deadlineMs;
  }

  #join(flight: Flight, key: number): void {
    const joiner: Joiner = (outcome) => this.#arrive(key, outcome);
    this.#flights.join(flight, joiner, this.#batch.deadlineMs);
    this.#waiting.set(key, () => this.#flights.leave(flight, joiner));
  }

  #lead(keys: readonly number[], begun: readonly Flight[]): void {
    const { onOutcome } = this.#batch;
    const land = (position: number, outcome: KeyOutcome): void =>
      this.#flights.land(begun[position] as Flight, outcome);
    this.#read(
      this.#ways.next,
      keys,
      (position, outcome) => {
        // First whoever keeps it, then those who wait: nobody who is woken finds less than was there.
        onOutcome?.(keys[position] as number, outcome);
        land(position, outcome);
      },
      land,
    );
  }

  /** `ended` hears of every key, in the end. */
  #read(
    reader: KeyReader,
    keys: readonly number[],
    onOutcome: ReadBatch['onOutcome'],
    ended: (position: number, outcome: KeyOutcome) => void,
  ): void {
    const { keys: all } = this.#batch;
    const part = keys.length === all.length ? all : keys.map((key) => all[key] as KeyBytes);
    const end = (outcomeOf: (position: number) => KeyOutcome): void => {
      keys.forEach((key, position) => {
        const outcome = outcomeOf(position);
        this.#outcomes[key] = outcome;
        ended(position, outcome);
      });
      this.#reads -= 1;
      this.#finishWhenDone();
    };
    this.#reads += 1;
    // In a promise from the start: a fault must not leave behind reads that never end.
    new Promise<ReadResult>((resolve) => {
      resolve(reader({ ...this.#batch, keys: part, identities: undefined, onOutcome }));
    }).then(
      ({ outcomes, report }) => {
        this.#report = this.#report === undefined ? report : addReports(this.#report, report);
        end((position) => outcomes[position] ?? faulty);
      },
      (fault: unknown) => {
        this.#parts.telemetry.unexpected(fault);
        end(() => faulty);
      },
    );
  }

  #arrive(key: number, outcome: KeyOutcome): void {
    this.#waiting.delete(key);
    if ('source' in outcome) {
      this.#joined += 1;
      this.#settle(key, { ...outcome, source: 'joined' });
    } else if (this.#ways.repeat === undefined) {
      this.#settle(key, outcome);
    } else {
      this.#collect(key);
    }
    this.#finishWhenDone();
  }

  /** What fails at once is read again at once: the keys of a failed message come one after the other. */
  #collect(key: number): void {
    this.#again.push(key);
    if (this.#again.length > 1) return;
    this.#reads += 1;
    void Promise.resolve().then(() => {
      this.#reads -= 1;
      this.#repeat();
      this.#finishWhenDone();
    });
  }

  #repeat(): void {
    const { repeat } = this.#ways;
    const keys = this.#again;
    this.#again = [];
    if (repeat === undefined || this.#batch.deadlineMs <= this.#parts.clock.nowMs()) {
      this.#expired = true;
      for (const key of keys) this.#settle(key, expired);
      return;
    }
    const { onOutcome } = this.#batch;
    this.#read(
      repeat,
      keys,
      (position, outcome) => onOutcome?.(keys[position] as number, outcome),
      () => {},
    );
  }

  /** Keys that are being read here have a reader that minds the deadline. */
  #expire(): void {
    for (const [key, leave] of this.#waiting) {
      leave();
      this.#expired = true;
      this.#settle(key, expired);
    }
    this.#waiting.clear();
    this.#finishWhenDone();
  }

  #settle(key: number, outcome: KeyOutcome): void {
    this.#batch.onOutcome?.(key, outcome);
    this.#outcomes[key] = fitOutcome(outcome, this.#batch.answerRoom);
  }

  #finishWhenDone(): void {
    if (this.#reads > 0 || this.#waiting.size > 0) return;
    this.#cancelDeadline();
    const report = this.#report ?? unsentReport(this.#parts.ringEpoch());
    this.#ways.resolve({
      outcomes: this.#outcomes as readonly KeyOutcome[],
      report: {
        ...report,
        joined: report.joined + this.#joined,
        expired: report.expired || this.#expired,
      },
    });
  }
}
