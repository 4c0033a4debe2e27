import { problems } from '../core/errors.ts';
import { callerHints } from './caller-identity.ts';
import { CallError } from './http-call.ts';
import { problemText } from './problem-text.ts';
import type { OpenedScan } from './scan-connection.ts';
import { readScanLines, type ScanLine, ScanLineError } from './scan-lines.ts';
import type { ScanOutput } from './scan-output.ts';
import { ScanPlace } from './scan-place.ts';

export interface ScanArea {
  readonly range?: { readonly start: string; readonly end: string };
  readonly key?: unknown;
}

/** What is scanned, as the body of a scan has it. */
export interface ScanTask {
  /** Empty where the cursor says it. */
  readonly area: ScanArea;
  readonly columns: readonly string[] | undefined;
  readonly pageSize: number | undefined;
  readonly cursor: string | undefined;
  /** Its name among several; undefined where it is the only one. */
  readonly split: string | undefined;
}

/** What all ranges of one command share. */
export interface ScanMeans {
  /** Rejects with a `CallError`. */
  readonly open: (body: object) => Promise<OpenedScan>;
  readonly output: ScanOutput;
  /** Counted down with each row that is printed; `Infinity` is allowed. */
  readonly budget: { rows: number };
  readonly resumes: boolean;
  /** Whether any stream was ever opened: what never worked is not tried again. */
  readonly history: { hasBegun: boolean; resumed: number };
  readonly pause: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

export type ScanResult =
  | { readonly kind: 'complete' | 'limit' | 'cancelled'; readonly place: ScanPlace }
  | {
      readonly kind: 'stopped';
      readonly place: ScanPlace;
      readonly reason: string;
      /** The cursor where it stands was refused: nobody can go on with it. */
      readonly isCursorRefused: boolean;
    };

/** How one stream has ended. `retryAfterMs`: when it is worth beginning again; undefined where it is not. */
type StreamEnd =
  | { readonly kind: 'complete' | 'limit' }
  | {
      readonly kind: 'cut';
      readonly reason: string;
      readonly retryAfterMs: number | undefined;
      readonly isCursorRefused?: boolean;
    };

/** Streams in a row that bring nothing new. */
const mostVainStreams = 10;
const firstPauseMs = 200;
const longestPauseMs = 5_000;
const longestAskedPauseMs = 60_000;

/** Scans one range or partition to its end, over as many streams as that takes. */
export async function runScan(task: ScanTask, means: ScanMeans): Promise<ScanResult> {
  const place = new ScanPlace(task.cursor);
  let vain = 0;
  for (;;) {
    const before = `${place.printed} ${place.cursor}`;
    const end = await runStream(task, means, place);
    if (end.kind !== 'cut') return { kind: end.kind, place };
    if (means.signal.aborted) return { kind: 'cancelled', place };
    vain = before === `${place.printed} ${place.cursor}` ? vain + 1 : 0;
    const { retryAfterMs, reason, isCursorRefused = false } = end;
    const isHopeless = retryAfterMs === undefined || vain === mostVainStreams;
    if (isHopeless || !means.resumes || !means.history.hasBegun) {
      return { kind: 'stopped', place, reason, isCursorRefused };
    }
    means.history.resumed += 1;
    place.beginAgain();
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** vain);
    await means.pause(Math.max(pauseMs, Math.min(longestAskedPauseMs, retryAfterMs)));
  }
}

async function runStream(task: ScanTask, means: ScanMeans, place: ScanPlace): Promise<StreamEnd> {
  // Rows of another range were the last that may be printed; a limit of none is refused.
  if (limitOf(means, place) === 0) return { kind: 'limit' };
  try {
    const opened = await means.open(bodyOf(task, means, place));
    if (opened.kind === 'refused') return refusalEnd(opened.answer, task.columns, place);
    means.history.hasBegun = true;
    for await (const lines of readScanLines(opened.chunks)) {
      const end = await passLines(lines, task, means, place);
      if (end !== undefined) return end;
    }
    return { kind: 'cut', reason: 'the answer ended without its last line', retryAfterMs: 0 };
  } catch (error) {
    if (error instanceof ScanLineError) {
      return { kind: 'cut', reason: error.message, retryAfterMs: undefined };
    }
    if (!(error instanceof CallError)) throw error;
    const isWorthAgain = error.kind === 'unreachable' || error.kind === 'timeout';
    return { kind: 'cut', reason: error.message, retryAfterMs: isWorthAgain ? 0 : undefined };
  }
}

/** What comes again behind the cursor counts for the other side, and was counted here before. */
function limitOf({ budget }: ScanMeans, { rowsAhead }: ScanPlace): number {
  return budget.rows + rowsAhead;
}

function bodyOf({ area, columns, pageSize }: ScanTask, means: ScanMeans, place: ScanPlace): object {
  const limit = limitOf(means, place);
  return {
    ...area,
    ...(columns === undefined ? {} : { columns }),
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(Number.isFinite(limit) ? { limit } : {}),
    ...(place.cursor === undefined ? {} : { cursor: place.cursor }),
  };
}

/** Prints what is new. Returns how the stream has ended where the lines tell that. */
async function passLines(
  lines: readonly ScanLine[],
  { split }: ScanTask,
  { output, budget }: ScanMeans,
  place: ScanPlace,
): Promise<StreamEnd | undefined> {
  let rows: string[] = [];
  const flush = async (): Promise<void> => {
    const printed = rows;
    rows = [];
    await output.rows(printed);
  };
  for (const line of lines) {
    if (line.kind === 'row' || line.kind === 'unreadable') {
      const { isNextNew } = place;
      if (isNextNew && budget.rows === 0) {
        await flush();
        return { kind: 'limit' };
      }
      place.passRow(line.kind === 'row');
      if (!isNextNew) continue;
      budget.rows -= 1;
      if (line.kind === 'row') rows.push(line.row);
      continue;
    }
    await flush();
    if (line.kind === 'checkpoint') {
      place.passCheckpoint(line.cursor);
      await output.checkpoint(line.cursor, place.rowsBeforeCursor, split);
    } else return endOf(line, budget.rows === 0, place);
  }
  await flush();
  return undefined;
}

function endOf(
  line: Extract<ScanLine, { kind: 'end' | 'error' }>,
  isAtLimit: boolean,
  place: ScanPlace,
): StreamEnd {
  if (line.kind === 'error') {
    const slug = line.type.replace('/problems/', '');
    const isWorthAgain = Object.hasOwn(problems, slug) && problems[slug as keyof typeof problems].retryable;
    return { kind: 'cut', reason: line.title, retryAfterMs: isWorthAgain ? 0 : undefined };
  }
  if (line.complete) return { kind: 'complete' };
  if (line.cursor !== undefined) place.passCheckpoint(line.cursor);
  if (isAtLimit) return { kind: 'limit' };
  return { kind: 'cut', reason: 'the scan ended before it was complete', retryAfterMs: 0 };
}

const retryableStatuses = new Set([429, 502, 503, 504]);
/** A request that had a cursor and was malformed, or one whose table has changed since. */
const cursorStatuses = new Set([400, 410]);

function refusalEnd(
  { status, text }: { readonly status: number; readonly text: string },
  columns: readonly string[] | undefined,
  { cursor }: ScanPlace,
): StreamEnd {
  const reason = problemText({ status, text }, callerHints, columns);
  if (!retryableStatuses.has(status)) {
    const isCursorRefused = cursor !== undefined && cursorStatuses.has(status);
    return { kind: 'cut', reason, retryAfterMs: undefined, isCursorRefused };
  }
  const asked = /"retryAfterMs":(\d{1,9})/.exec(text)?.[1];
  return { kind: 'cut', reason, retryAfterMs: Number(asked ?? 0) };
}
