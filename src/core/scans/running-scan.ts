import type { ProblemSlug } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { PageSource } from './page-source.ts';
import type { PageStep, PageSteps } from './page-steps.ts';
import type { ScanAccount, ScanCall, ScanStream, ScanTelemetry } from './scan.ts';
import { checkpointLine, endLine, errorLine } from './scan-lines.ts';
import type { ScanPlan } from './scan-plan.ts';
import { restartAt, type ScanPosition } from './scan-position.ts';
import type { ScanStop } from './scan-stop.ts';
import type { ScanUnits, UnitVerdict } from './scan-units.ts';

export interface RunningScanParts {
  readonly call: Pick<ScanCall, 'application' | 'keyspace' | 'table'>;
  readonly plan: ScanPlan;
  readonly steps: PageSteps;
  readonly units: Pick<ScanUnits, 'waitedMs'>;
  readonly source: Pick<PageSource, 'retries'>;
  readonly stop: ScanStop;
  readonly clock: Clock;
  readonly telemetry: ScanTelemetry;
  readonly writeCursor: (at: Pick<ScanPlan, 'position' | 'rows' | 'left'>) => string;
  /** Called once, when the scan has ended. */
  readonly release: () => void;
}

type DeliveredPage = Extract<PageStep, { kind: 'page' }>;

/** A checkpoint comes at the end of a page where this time has passed, or the next page could go beyond these rows. */
const checkpointRows = 1_000;
const checkpointMs = 1_000;

/**
 * The delivery of one scan. Holds at most two pages: the one that is handed out piece by piece, and the next one, which
 * is read meanwhile; where the first is of many pieces, from its last but one on. Nothing that was not handed out is in
 * a cursor, and cursors stand at the ends of pages only.
 */
export class RunningScan implements ScanStream {
  readonly #parts: RunningScanParts;
  readonly #startedMs: number;
  #outcome: ScanAccount['outcome'] = 'running';
  #problem: ProblemSlug | undefined;
  /** Behind what was handed out; undefined: at the end of the area. */
  #position: ScanPosition | undefined;
  #left: number | undefined;
  /** Those that an earlier stream delivered are not among them. */
  #rows = 0;
  #pages = 0;
  #rowsAtCheckpoint = 0;
  #checkpointAtMs: number;
  /** Undefined: none is to be read yet. */
  #ahead: Promise<PageStep> | undefined;
  /** Of which there is more to hand out. */
  #page: DeliveredPage | undefined;
  /** Ends the wait of a reader whose scan is cancelled. */
  #wake: () => void = () => {};

  /** `first`: units for the first page. */
  constructor(parts: RunningScanParts, first: UnitVerdict | Promise<UnitVerdict>) {
    const { plan, clock, telemetry } = parts;
    this.#parts = parts;
    this.#startedMs = clock.nowMs();
    this.#checkpointAtMs = this.#startedMs;
    this.#position = plan.position;
    this.#left = plan.left;
    telemetry.begun();
    this.#ahead = this.#read(plan.position, first);
  }

  async next(): Promise<string | undefined> {
    // A page may have no rows: then there is nothing to hand out yet.
    while (this.#outcome === 'running') {
      const page = this.#page;
      const lines = page === undefined ? this.#deliver(await this.#stepAhead()) : this.#handOut(page);
      if (lines !== '') return lines;
    }
    return undefined;
  }

  cancel(): void {
    this.#parts.stop.stop('cancelled');
  }

  /** The stop tells it. */
  cancelled(): void {
    this.#page = undefined;
    this.#end('cancelled');
    this.#wake();
  }

  account(): ScanAccount {
    const { source, units } = this.#parts;
    return {
      rows: this.#rows,
      pages: this.#pages,
      retries: source.retries,
      waitedMs: units.waitedMs,
      outcome: this.#outcome,
      problem: this.#problem,
    };
  }

  #stepAhead(): Promise<PageStep> {
    return new Promise((resolve) => {
      this.#wake = () => resolve({ kind: 'stopped' });
      void this.#ahead?.then(resolve);
    });
  }

  /** Never rejects. */
  async #read(position: ScanPosition, verdict: UnitVerdict | Promise<UnitVerdict>): Promise<PageStep> {
    try {
      return await this.#parts.steps.read(position, verdict);
    } catch (fault) {
      this.#parts.telemetry.unexpected(fault);
      return { kind: 'failed', problem: 'internal' };
    }
  }

  /** Nothing where nobody reads on. */
  #deliver(step: PageStep): string {
    if (this.#outcome !== 'running') return '';
    if (step.kind === 'failed') return this.#fail(step.problem);
    if (step.kind === 'stopped') return this.#cut();
    this.#ahead = undefined;
    this.#page = step;
    return this.#handOut(step);
  }

  #handOut(page: DeliveredPage): string {
    const piece = page.lines.next();
    // How large its rows are is known: so many may the next page have.
    if (page.lines.isWritten) this.#ahead ??= this.#readBehind(page);
    return page.lines.isOver ? piece + this.#finish(page) : piece;
  }

  /** Undefined where the scan ends with this page. */
  #readBehind({ next, rows }: DeliveredPage): Promise<PageStep> | undefined {
    const { stop, steps } = this.#parts;
    const left = this.#left === undefined ? undefined : this.#left - rows;
    if (next === undefined || left === 0 || stop.gone) return undefined;
    return this.#read(next, steps.unitsFor(left, false));
  }

  /** What comes behind the last line of a page. */
  #finish({ next, rows }: DeliveredPage): string {
    const { telemetry, call } = this.#parts;
    this.#page = undefined;
    this.#position = next;
    this.#rows += rows;
    this.#pages += 1;
    if (this.#left !== undefined) this.#left -= rows;
    telemetry.page(call.application.name, call.keyspace, call.table, rows);
    if (next === undefined) {
      this.#end('complete');
      return endLine(this.#total(), undefined);
    }
    return this.#ahead === undefined ? this.#cut() : this.#checkpoint();
  }

  #checkpoint(): string {
    const nowMs = this.#parts.clock.nowMs();
    const rows = this.#rows - this.#rowsAtCheckpoint;
    const couldHave = rows + this.#parts.plan.pageSize;
    if (couldHave <= checkpointRows && nowMs - this.#checkpointAtMs < checkpointMs) return '';
    this.#rowsAtCheckpoint = this.#rows;
    this.#checkpointAtMs = nowMs;
    return checkpointLine(this.#cursor(), this.#total());
  }

  #cut(): string {
    this.#end('cut');
    return endLine(this.#total(), this.#cursor());
  }

  #fail(problem: ProblemSlug): string {
    this.#end('failed', problem);
    const { plan } = this.#parts;
    const position = this.#position ?? plan.position;
    if (problem === 'cursor-stale') return errorLine(problem, { restart: restartAt(plan.area, position) });
    return errorLine(problem, { cursor: this.#cursor() });
  }

  /** Of a scan with something left. Where its limit is reached, whoever goes on gives a new one, or wants all the rest. */
  #cursor(): string {
    const { writeCursor, plan } = this.#parts;
    const left = this.#left === 0 ? undefined : this.#left;
    return writeCursor({ position: this.#position ?? plan.position, rows: this.#total(), left });
  }

  #total(): number {
    return this.#parts.plan.rows + this.#rows;
  }

  #end(outcome: Exclude<ScanAccount['outcome'], 'running'>, problem?: ProblemSlug): void {
    if (this.#outcome !== 'running') return;
    this.#outcome = outcome;
    this.#problem = problem;
    const { call, clock, telemetry, release } = this.#parts;
    release();
    const durationMs = clock.nowMs() - this.#startedMs;
    const { application, keyspace, table } = call;
    telemetry.ended({ application: application.name, keyspace, table, outcome, problem, durationMs });
  }
}
