import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
  /** Digits after the point of numbers; 0 unless given. */
  readonly digits?: number;
}

/** A Markdown table; numbers stand to the right, `undefined` and NaN are a dash. */
export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => cellText(column, row)));
  const numeric = columns.map(
    (column) => rows.length > 0 && rows.every((row) => typeof column.value(row) !== 'string'),
  );
  const widths = columns.map(({ title }, index) =>
    Math.max(3, title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    `| ${texts
      .map((text, index) =>
        numeric[index] === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join(' | ')} |`;
  const rule = widths.map((width, index) =>
    numeric[index] === true ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(columns.map(({ title }) => title)), line(rule), ...cells.map(line)].join('\n');
}

function cellText<Row>({ value, digits = 0 }: Column<Row>, row: Row): string {
  const cell = value(row);
  if (cell === undefined || Number.isNaN(cell)) return '-';
  // A bar would end the cell.
  return typeof cell === 'number' ? cell.toFixed(digits) : cell.replaceAll('|', '\\|');
}

/** Something promised in numbers, and what was measured. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  /** The bound, and whether it is the most or the least allowed. */
  readonly bound: number;
  readonly kind: 'at most' | 'at least' | 'below';
  readonly digits: number;
}

/** What was not measured is not reached. */
export function isReached({ measured, bound, kind }: Target): boolean {
  if (kind === 'at most') return measured <= bound;
  return kind === 'below' ? measured < bound : measured >= bound;
}

export function targetTable(targets: readonly Target[]): string {
  return markdownTable<Target>(
    [
      { title: 'target', value: ({ name }) => name },
      { title: 'wanted', value: ({ kind, bound, digits }) => `${kind} ${bound.toFixed(digits)}` },
      { title: 'measured', value: ({ measured, digits }) => measured.toFixed(digits) },
      { title: 'result', value: (target) => (isReached(target) ? 'reached' : `missed${missedBy(target)}`) },
    ],
    targets,
  );
}

function missedBy({ measured, bound }: Target): string {
  const percent = (Math.abs(measured - bound) / bound) * 100;
  return Number.isFinite(percent) ? ` by ${percent.toFixed(0)} %` : '';
}

const resultsDirectory = resolve(import.meta.dirname, 'results');

/** What the figures were measured on; they mean little without it. */
function describeMachine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

/** Writes `<name>-<time>.json` and returns its path. */
export function writeResult(name: string, result: object, directory = resultsDirectory): string {
  const measuredAt = new Date().toISOString();
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${name}-${measuredAt.replaceAll(/[:.]/g, '-')}.json`);
  const text = JSON.stringify({ measuredAt, machine: describeMachine(), ...result }, undefined, 2);
  writeFileSync(path, `${text}\n`);
  return path;
}
