import type { Application } from '../applications.ts';
import { RequestError } from '../errors.ts';
import type { Clock, ClusterWatcher, PageReader, ReadTelemetry, SchemaReader, Text } from '../ports.ts';
import { openTable } from '../reads/granted-table.ts';
import type { InFlight } from '../reads/in-flight.ts';
import type { TableSettings } from '../reads/settings.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { RingBook } from '../routing/ring-book.ts';
import { paused, type RefusedCall, refusedCall, storeDown } from '../throttle/refused-call.ts';
import type { SessionCheck } from '../throttle/session-check.ts';
import type { Throttle } from '../throttle/throttle.ts';
import { type CursorBook, createCursorBook } from './cursor.ts';
import { PageSizing, type RowSizes } from './page-sizing.ts';
import { PageSource } from './page-source.ts';
import { PageSteps } from './page-steps.ts';
import { RunningScan } from './running-scan.ts';
import type { CursorSeal, Ending, Scan, ScanBounds, ScanCall, ScanTelemetry } from './scan.ts';
import { planScan, type ScanPlan } from './scan-plan.ts';
import { ScanRights } from './scan-rights.ts';
import { createScanSelections, type ScanSelections } from './scan-selection.ts';
import { ScanStop } from './scan-stop.ts';
import { ScanUnits, type UnitVerdict } from './scan-units.ts';
import { ScannedTable } from './scanned-table.ts';

export interface ScanParts {
  readonly cluster: PageReader & SchemaReader & ClusterWatcher;
  readonly rings: RingBook;
  readonly health: NodeHealth;
  readonly inFlight: InFlight;
  /** How much each node was given lately, by whomever. */
  readonly load: Pick<LoadTracker, 'load' | 'sent'>;
  readonly clock: Clock;
  readonly text: Text;
  /** Absent: nobody is limited. */
  readonly throttle?: Pick<Throttle, 'admit' | 'standing' | 'pace'> | undefined;
  /** As the configuration has it at this moment; undefined: it has no such application. */
  readonly applicationNow: (name: string) => Application | undefined;
  /** Absent: nobody has to name a session. */
  readonly sessions?: Pick<SessionCheck, 'refusalOf'> | undefined;
  readonly seal: CursorSeal;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
  readonly bounds: ScanBounds;
  readonly ending: Ending;
  readonly telemetry: ScanTelemetry;
  readonly readTelemetry: Pick<ReadTelemetry, 'replicaRead' | 'unexpected'>;
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
}

interface ScanBooks {
  readonly cursors: CursorBook;
  readonly selections: ScanSelections;
  readonly rowSizes: RowSizes;
}

type Begun = Awaited<ReturnType<Scan>>;

/** A refusal of the first page has a status of its own when it comes by then; the stream begins without units at last. */
const longestFirstWaitMs = 2_000;

/** Columns whose type is not supported are left out where no columns are named; a stream has no place to say so. */
export function createScan(parts: ScanParts): Scan {
  const books: ScanBooks = {
    cursors: createCursorBook(parts.seal, parts.text),
    selections: createScanSelections(),
    rowSizes: new WeakMap(),
  };
  let streams = 0;
  return async (call) => {
    const withoutSession = await parts.sessions?.refusalOf(call.application, call.sessionId);
    if (withoutSession !== undefined) return withoutSession;
    if (parts.ending.begun) throw draining();
    if (streams >= parts.bounds.streams) {
      throw new RequestError('overload', 'as many scans run already as may');
    }
    streams += 1;
    let isOpen = true;
    const release = (): void => {
      if (isOpen) streams -= 1;
      isOpen = false;
    };
    try {
      return await begin(parts, books, call, release);
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** `release` is called when the scan has ended, or was refused with a value; it may be called again. */
async function begin(
  parts: ScanParts,
  books: ScanBooks,
  call: ScanCall,
  release: () => void,
): Promise<Begun> {
  const { cluster, clock, text, settingsOf } = parts;
  const table = await openTable({ schema: cluster, clock }, call, 'scan');
  const settings = settingsOf(call.keyspace, call.table);
  const plan = planScan({ cursors: books.cursors, text }, call.application.name, table, settings, call.body);
  const scannedTable = new ScannedTable(
    { schema: cluster, selections: books.selections, text },
    table.schema,
    plan,
  );
  return new ScanBeginning(parts, books, call, plan, scannedTable, release).begin();
}

/** One scan until it streams: its first units, and all that may stop it. */
class ScanBeginning {
  readonly #parts: ScanParts;
  readonly #books: ScanBooks;
  readonly #call: ScanCall;
  readonly #plan: ScanPlan;
  readonly #table: ScannedTable;
  readonly #release: () => void;
  readonly #stop: ScanStop;
  readonly #rights: ScanRights;
  readonly #units: ScanUnits;
  #unhook: readonly (() => void)[] = [];
  #stream: RunningScan | undefined;

  constructor(
    parts: ScanParts,
    books: ScanBooks,
    call: ScanCall,
    plan: ScanPlan,
    table: ScannedTable,
    release: () => void,
  ) {
    this.#parts = parts;
    this.#books = books;
    this.#call = call;
    this.#plan = plan;
    this.#table = table;
    this.#release = release;
    this.#stop = new ScanStop(parts.clock, () => this.#stream?.cancelled());
    this.#rights = new ScanRights(parts, call, plan.columns);
    this.#units = new ScanUnits(parts, this.#rights, this.#stop);
  }

  async begin(): Promise<Begun> {
    const { clock, ending, bounds } = this.#parts;
    const stop = this.#stop;
    this.#unhook = [
      ending.onBegin(() => stop.stop('ending')),
      clock.after(bounds.maxDurationMs, () => stop.stop('duration')),
      this.#call.caller?.onGone(() => stop.stop('cancelled')) ?? (() => {}),
    ];
    const source = this.#openSource();
    const { area, pageSize, left } = this.#plan;
    const steps = new PageSteps({
      area,
      rights: this.#rights,
      units: this.#units,
      sizing: new PageSizing(pageSize, this.#books.rowSizes, this.#table.selection.statement),
      table: this.#table,
      source,
      stop,
      telemetry: this.#parts.readTelemetry,
    });
    const first = steps.unitsFor(left, true);
    try {
      const verdict = await this.#soon(first);
      const refusal = verdict && this.#refusalOf(verdict);
      if (refusal !== undefined) {
        this.#letGo();
        return refusal;
      }
      return { kind: 'stream', stream: this.#open(steps, source, verdict ?? first) };
    } catch (error) {
      this.#letGo();
      throw error;
    }
  }

  #openSource(): PageSource {
    const { readTelemetry, ...parts } = this.#parts;
    const { keyspace, pageTimeoutMs, traceparent } = this.#call;
    const { area, consistency } = this.#plan;
    const datacenters = (): readonly string[] => this.#rights.datacenters;
    const wanted = { keyspace, area, consistency, datacenters, timeoutMs: pageTimeoutMs, traceparent };
    return new PageSource({ ...parts, telemetry: readTelemetry }, wanted, this.#stop);
  }

  /** Undefined where it takes longer than one waits for the head of an answer. */
  #soon(first: Promise<UnitVerdict>): Promise<UnitVerdict | undefined> {
    const { clock } = this.#parts;
    const waitMs = Math.min(longestFirstWaitMs, this.#call.deadlineMs - clock.nowMs());
    return new Promise((resolve, reject) => {
      const cancel = clock.after(waitMs, () => resolve(undefined));
      first.finally(cancel).then(resolve, reject);
    });
  }

  /** Throws `draining`. Nobody reads what is told to a caller who has gone. */
  #refusalOf(verdict: UnitVerdict): RefusedCall | undefined {
    if (verdict.kind === 'granted') return undefined;
    if (verdict.kind === 'stopped') {
      if (this.#stop.reason === 'ending') throw draining();
      return this.#stop.isCancelled ? refusedCall('over-quota', 'the caller has gone') : undefined;
    }
    const { reason, refusal } = verdict;
    if (reason === 'store-down') return storeDown;
    const own = this.#parts.throttle?.standing(this.#call.application, 'scan');
    if (reason === 'paused') return { ...paused, own };
    const { retryAfterMs, violated, slowed } = refusal;
    const detail = 'as many of the application wait for units already as may';
    return { ...refusedCall('queue-full', detail), retryAfterMs, violated, slowed, own };
  }

  #open(steps: PageSteps, source: PageSource, first: UnitVerdict | Promise<UnitVerdict>): RunningScan {
    const { clock, telemetry } = this.#parts;
    const { application, keyspace, table } = this.#call;
    const plan = this.#plan;
    const owner = { application: application.name, keyspace, table };
    this.#stream = new RunningScan(
      {
        call: { application, keyspace, table },
        plan,
        steps,
        units: this.#units,
        source,
        stop: this.#stop,
        clock,
        telemetry,
        writeCursor: (at) => this.#books.cursors.write(owner, { ...plan, ...at }),
        release: () => this.#letGo(),
      },
      first,
    );
    // It may have come between the units and the stream.
    if (this.#stop.isCancelled) this.#stream.cancelled();
    return this.#stream;
  }

  #letGo(): void {
    for (const unhook of this.#unhook) unhook();
    this.#unhook = [];
    this.#release();
  }
}

function draining(): RequestError {
  return new RequestError('draining', 'this instance takes no further scans');
}
