import type { KeyBytes, Text } from '../ports.ts';
import { furtherUnits } from './further-units.ts';
import type { KeyOutcome, KeyReader, ReadBatch, ReadReport, ReadResult } from './key-reader.ts';
import type { QuotaBill } from './quota-bill.ts';
import { addReports, unsentReport } from './read-report.ts';

export interface QuotaReaderParts {
  readonly text: Pick<Text, 'utf8Length'>;
  readonly ringEpoch: () => number;
  /**
   * Of each key, whether somebody else's read under way would answer it; undefined: of none. Absent where nobody joins
   * anybody.
   */
  readonly wouldJoin?: ((batch: ReadBatch) => readonly boolean[] | undefined) | undefined;
}

/**
 * Asks for a unit for each key that would have to be sent to Cassandra, on the bill of the request, and lets pass as
 * many as are granted; the rest is `unprocessed: quota`. A key that somebody else reads already costs nothing and does
 * not wait for the verdict. What was sent in the end is what is charged: a key that could be joined after all, or found
 * no room, is given back; what rows come to beyond a unit, and a key whose joined read failed and was read again, is a
 * debt. Where no unit had to be asked for, there is no bill to put such a debt on: the failed read was paid for.
 *
 * Only keys that are paid for, or join, go on: whoever joins a read never gets a refusal by the limits of another.
 *
 * Of a strict batch that does not get all its units nothing is read and nothing charged.
 */
export function createQuotaReader(parts: QuotaReaderParts, next: KeyReader): KeyReader {
  return (batch) => {
    const { bill } = batch;
    if (bill === undefined) return next(batch);
    const { free, charged } = split(parts, batch);
    if (charged.length === 0) return next(batch);
    return new Promise((resolve, reject) => {
      new BilledBatch(parts, batch, next, { resolve, reject }).claim(bill, free, charged);
    });
  };
}

interface Ends {
  readonly resolve: (result: ReadResult) => void;
  readonly reject: (fault: unknown) => void;
}

const refused: KeyOutcome = { status: 'unprocessed', reason: 'quota' };

class BilledBatch {
  readonly #parts: QuotaReaderParts;
  readonly #batch: ReadBatch;
  readonly #next: KeyReader;
  readonly #ends: Ends;
  readonly #outcomes: (KeyOutcome | undefined)[];
  /** Reads that have not ended, and one for the verdict. */
  #open = 1;
  #further = 0;
  #isRefusedWhole = false;
  #report: ReadReport | undefined;
  #settle: (used: number) => void = () => {};

  constructor(parts: QuotaReaderParts, batch: ReadBatch, next: KeyReader, ends: Ends) {
    this.#parts = parts;
    this.#batch = batch;
    this.#next = next;
    this.#ends = ends;
    this.#outcomes = batch.keys.map(() => undefined);
  }

  claim(bill: QuotaBill, free: readonly number[], charged: readonly number[]): void {
    let waiting = { free, charged };
    let isDelayed = false;
    this.#settle = bill.claim({
      units: charged.length,
      delayed: () => {
        isDelayed = true;
        waiting = { free: [], charged };
        if (free.length > 0) this.#read(free);
      },
      granted: (units) => {
        const missing = charged.length - units;
        // Meanwhile others may have begun to read some of them: these need no unit any more.
        if (isDelayed && missing > 0) waiting = split(this.#parts, this.#batch, charged);
        this.#isRefusedWhole = bill.strict && missing > 0;
        this.#goOn(waiting, units);
        this.#end();
      },
    });
  }

  /** As many of the charged keys as there are units: the first ones. */
  #goOn({ free, charged }: SplitKeys, units: number): void {
    if (this.#isRefusedWhole) {
      this.#refuse(free);
      this.#refuse(charged);
      return;
    }
    const paid = units < charged.length ? charged.slice(0, units) : charged;
    this.#refuse(charged.slice(units));
    const passing = free.length === 0 ? paid : [...free, ...paid].sort((one, other) => one - other);
    if (passing.length > 0) this.#read(passing);
  }

  #refuse(keys: readonly number[]): void {
    for (const key of keys) {
      this.#batch.onOutcome?.(key, refused);
      this.#outcomes[key] = refused;
    }
  }

  #read(keys: readonly number[]): void {
    this.#open += 1;
    const { onOutcome } = this.#batch;
    const part = {
      ...onlyThose(this.#batch, keys),
      onOutcome: (position: number, outcome: KeyOutcome): void => {
        if (outcome.status === 'found' && outcome.source === 'cassandra') {
          this.#further += furtherUnits(outcome.rows, this.#parts.text);
        }
        onOutcome?.(keys[position] as number, outcome);
      },
    };
    // In a promise from the start: a fault must not leave the other batches of the bill without their verdict.
    new Promise<ReadResult>((resolve) => {
      resolve(this.#next(part));
    }).then(
      ({ outcomes, report }) => {
        for (const [position, key] of keys.entries()) this.#outcomes[key] = outcomes[position];
        this.#report = this.#report === undefined ? report : addReports(this.#report, report);
        this.#end();
      },
      // What was sent is not known: the bill stays open, and what was granted counts as used.
      this.#ends.reject,
    );
  }

  #end(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    const report = this.#report ?? unsentReport(this.#parts.ringEpoch());
    this.#settle(this.#isRefusedWhole ? 0 : report.sent + this.#further);
    this.#ends.resolve({ outcomes: this.#outcomes as readonly KeyOutcome[], report });
  }
}

/** Places in the batch. */
interface SplitKeys {
  readonly free: readonly number[];
  readonly charged: readonly number[];
}

function split(
  { wouldJoin }: QuotaReaderParts,
  batch: ReadBatch,
  among: readonly number[] = [...batch.keys.keys()],
): SplitKeys {
  const joins = wouldJoin?.(onlyThose(batch, among));
  if (joins === undefined) return { free: [], charged: among };
  return {
    free: among.filter((_, position) => joins[position]),
    charged: among.filter((_, position) => !joins[position]),
  };
}

function onlyThose(batch: ReadBatch, keys: readonly number[]): ReadBatch {
  if (keys.length === batch.keys.length) return batch;
  return {
    ...batch,
    keys: keys.map((key) => batch.keys[key] as KeyBytes),
    identities: batch.identities && keys.map((key) => batch.identities?.[key] as string),
  };
}
