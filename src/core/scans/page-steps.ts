import { type ProblemSlug, type ReplicaErrorName, replicaErrorPolicies } from '../errors.ts';
import type { PageArea, ReadTelemetry, ReplicaPage } from '../ports.ts';
import { tokenOfKey } from '../token/partition-key.ts';
import { compareTokens } from '../token/token.ts';
import { PageLines } from './page-lines.ts';
import type { PageSizing } from './page-sizing.ts';
import type { PageSource, SourcedPage } from './page-source.ts';
import type { ScanPosition } from './scan-position.ts';
import type { ScanArea } from './scan-request.ts';
import type { ScanRights } from './scan-rights.ts';
import type { ScanStop } from './scan-stop.ts';
import type { GrantedRows, ScanUnits, UnitVerdict } from './scan-units.ts';
import type { ScannedTable } from './scanned-table.ts';

export type PageStep =
  /** `next` undefined: there is nothing more in the area. */
  | {
      readonly kind: 'page';
      readonly lines: PageLines;
      readonly rows: number;
      readonly next: ScanPosition | undefined;
    }
  /** Nothing was read: the scan is to stop. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly problem: ProblemSlug };

export interface PageStepParts {
  readonly area: ScanArea;
  readonly rights: Pick<ScanRights, 'lost'>;
  readonly units: ScanUnits;
  readonly sizing: PageSizing;
  readonly table: ScannedTable;
  readonly source: PageSource;
  readonly stop: ScanStop;
  readonly telemetry: Pick<ReadTelemetry, 'unexpected'>;
}

/** What was said of the table is read anew in the background: it is asked for again after so long. */
const schemaPauseMs = 100;
/** What a page costs at least, and one that failed. */
const leastUnits = 1;

/**
 * How a statement ends whose table has changed since it was made: refused where it is sent with its text, failed where
 * the node has forgotten it and cannot prepare it again.
 */
const errorsOfOldStatements: ReadonlySet<ReplicaErrorName> = new Set(['rejected', 'read-failure']);

const refusalProblems = {
  'queue-full': 'queue-full',
  paused: 'application-paused',
  'store-down': 'limiter-unavailable',
} as const satisfies Readonly<Record<Extract<UnitVerdict, { kind: 'refused' }>['reason'], ProblemSlug>>;

/** Steps of one scan from page to page: units, rights, table, rows, lines. */
export class PageSteps {
  readonly #parts: PageStepParts;

  constructor(parts: PageStepParts) {
    this.#parts = parts;
  }

  /** Units for the page of the position that is the scan's next. */
  unitsFor(left: number | undefined, isFirst: boolean): Promise<UnitVerdict> {
    const { units, sizing } = this.#parts;
    return units.take(() => sizing.next(units.pace(), left), isFirst);
  }

  async read(position: ScanPosition, verdict: UnitVerdict | Promise<UnitVerdict>): Promise<PageStep> {
    const granted = await verdict;
    if (granted.kind === 'stopped') return granted;
    if (granted.kind === 'refused') return failed(refusalProblems[granted.reason]);
    return this.#readGranted(position, granted);
  }

  /** What was granted is settled in any case, also when nobody waits for the page any more. */
  async #readGranted(position: ScanPosition, { rows, settle }: GrantedRows): Promise<PageStep> {
    const { rights, table, source, sizing, stop } = this.#parts;
    let used = 0;
    try {
      // Behind the wait for the units, which may have been long.
      const lost = await rights.lost();
      if (lost !== undefined) return failed(lost);
      if (!(await table.isAsBefore())) return failed('cursor-stale');
      if (stop.gone) return { kind: 'stopped' };
      const { selection } = table;
      const sourced = await source.read({ statement: selection.statement, position, rows });
      if (sourced.kind === 'stopped') return sourced;
      if (sourced.kind === 'no-room') return failed('overload');
      if (sourced.rows < rows) sizing.shrink(sourced.rows);
      if (sourced.kind === 'failed') {
        used = sourced.error === undefined ? 0 : leastUnits;
        return failed(await this.#problemOf(sourced));
      }
      used = Math.max(leastUnits, sourced.page.rows.length);
      return stop.isCancelled ? { kind: 'stopped' } : this.#take(position, sourced, selection);
    } finally {
      settle(used);
    }
  }

  async #problemOf({ error }: Extract<SourcedPage, { kind: 'failed' }>): Promise<ProblemSlug> {
    if (error === undefined) return 'no-replica';
    const { problem } = replicaErrorPolicies[error];
    if (!errorsOfOldStatements.has(error)) return problem;
    const { table, stop } = this.#parts;
    if (!(await table.isAsBefore())) return 'cursor-stale';
    await stop.pause(schemaPauseMs);
    return (await table.isAsBefore()) ? problem : 'cursor-stale';
  }

  #take(
    position: ScanPosition,
    { page, area, rows }: Extract<SourcedPage, { kind: 'page' }>,
    selection: ScannedTable['selection'],
  ): PageStep {
    const { sizing, telemetry } = this.#parts;
    const lines = new PageLines(page.rows, {
      selection,
      onMeasured: (measure) => sizing.note(rows, measure),
      onFault: (fault) => telemetry.unexpected(fault),
    });
    const next = positionBehind(this.#parts.area, position, area, page);
    return { kind: 'page', lines, rows: page.rows.length, next };
  }
}

function failed(problem: ProblemSlug): PageStep {
  return { kind: 'failed', problem };
}

function positionBehind(
  whole: ScanArea,
  position: ScanPosition,
  area: PageArea,
  { pageState, lastKey }: ReplicaPage,
): ScanPosition | undefined {
  if (pageState === undefined) {
    if (whole.kind === 'partition' || area.kind === 'partition') return undefined;
    return compareTokens(area.upTo, whole.upTo) < 0 ? { kind: 'token', token: area.upTo } : undefined;
  }
  const before = position.kind === 'page' ? position.lastToken : position.token;
  const lastToken = lastKey === undefined ? before : tokenOfKey(lastKey);
  return { kind: 'page', area, pageState, lastToken };
}
