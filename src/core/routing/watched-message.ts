import type { NodeRecord } from './node-record.ts';

/** A message under way; told what becomes of it, in this order and each at most once. What comes after an end is ignored. */
export interface WatchedMessage {
  /** There is no answer, and by now there should be: see `overdueAfterMs` of the table's hedge timing. */
  overdue(): void;
  /** The end. `answered` also where nobody waits for the answer any more. */
  answered(): void;
  /** The end: an error that blames the node, or a deadline that left it the table's patience and more. */
  failed(): void;
  /** The end, and it says nothing about the node: a deadline that came sooner, an error that blames somebody else. */
  dismissed(): void;
}

/** What messages say about a node. `sentInThisEra`: since the node's standing changed last. */
export interface MessageVerdicts {
  suspect(record: NodeRecord): void;
  answeredInTime(record: NodeRecord, sentInThisEra: boolean): void;
  answeredLate(record: NodeRecord, sentInThisEra: boolean): void;
  failed(record: NodeRecord, sentInThisEra: boolean): void;
}

/** Compares what becomes of one message with what its node did since it was sent. */
export class JudgedMessage implements WatchedMessage {
  readonly #verdicts: MessageVerdicts;
  readonly #record: NodeRecord;
  readonly #era: number;
  readonly #returns: number;
  readonly #inTime: number;
  #isOverdue = false;
  #hasEnded = false;

  constructor(verdicts: MessageVerdicts, record: NodeRecord) {
    this.#verdicts = verdicts;
    this.#record = record;
    this.#era = record.era;
    this.#returns = record.returns;
    this.#inTime = record.inTime;
  }

  overdue(): void {
    if (this.#hasEnded || this.#isOverdue) return;
    this.#isOverdue = true;
    if (this.#record.inTime === this.#inTime) this.#verdicts.suspect(this.#record);
  }

  answered(): void {
    if (!this.#end()) return;
    if (this.#isOverdue) this.#verdicts.answeredLate(this.#record, this.#isOfThisEra());
    else this.#verdicts.answeredInTime(this.#record, this.#isOfThisEra());
  }

  failed(): void {
    if (!this.#end()) return;
    if (this.#record.returns === this.#returns) this.#verdicts.failed(this.#record, this.#isOfThisEra());
  }

  dismissed(): void {
    this.#end();
  }

  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    if (this.#record.probe === this) this.#record.probe = undefined;
    return true;
  }

  #isOfThisEra(): boolean {
    return this.#record.era === this.#era;
  }
}
