import type { Column, TableSchema } from '../encoding/table-schema.ts';
import type { RequestFault } from '../errors.ts';
import type { Text } from '../ports.ts';
import type { GrantedTable } from '../reads/granted-table.ts';
import { keyIdentity } from '../reads/key-identity.ts';
import { requireAllowed } from '../reads/request-options.ts';
import type { TableSettings } from '../reads/settings.ts';
import { compareTokens } from '../token/token.ts';
import type { CursorBook, CursorContent } from './cursor.ts';
import { CursorStale } from './cursor-stale.ts';
import { restartAt, startOf } from './scan-position.ts';
import {
  malformedBody,
  parseScanRequest,
  type ScanArea,
  type ScanRequest,
  wholeRing,
} from './scan-request.ts';
import { readableColumns } from './scan-selection.ts';
import { fingerprintOf } from './table-fingerprint.ts';

/** What a scan is to do, from its beginning or from where a cursor says. */
export interface ScanPlan extends CursorContent {
  /** Most rows of a page. */
  readonly pageSize: number;
}

export interface PlanParts {
  readonly cursors: CursorBook;
  readonly text: Text;
}

/**
 * Reads the body of a scan. Throws what `parseScanRequest` throws, `invalid-request` for a cursor of somebody else, and
 * a `CursorStale` where the table is not what it was any more.
 */
export function planScan(
  parts: PlanParts,
  application: string,
  table: GrantedTable,
  settings: TableSettings,
  body: unknown,
): ScanPlan {
  const request = parseScanRequest(body, table, settings, parts.text);
  const { pageSize } = request;
  if (request.cursor !== undefined) {
    const content = openCursor(parts, application, table.schema, request.cursor);
    return { ...goOn(parts, table, settings, request, content), pageSize };
  }
  const consistency = request.consistency ?? settings.defaultConsistency;
  if (request.consistency === undefined) requireAllowed(consistency, '/consistency', settings);
  const columns = namesOf(request.columns ?? readableColumns(table.visible));
  const area = request.area ?? wholeRing;
  return {
    columns,
    isAllColumns: request.columns === undefined,
    fingerprint: knownFingerprint(table, columns, parts.text),
    consistency,
    area,
    position: startOf(area),
    rows: 0,
    left: request.limit,
    pageSize,
  };
}

/** Nothing of what it says is told: it may be somebody else's. */
function openCursor(
  { cursors }: PlanParts,
  application: string,
  schema: TableSchema,
  cursor: string,
): CursorContent {
  const owner = { application, keyspace: schema.keyspace, table: schema.name };
  const content = cursors.read(owner, schema, cursor);
  if (content !== undefined) return content;
  const detail = 'is no cursor that a scan of this table gave to this application';
  throw malformedBody([{ pointer: '/cursor', detail }]);
}

function goOn(
  { text }: PlanParts,
  { schema, visible }: GrantedTable,
  settings: TableSettings,
  request: ScanRequest,
  content: CursorContent,
): CursorContent {
  const { area, position, columns } = content;
  const faults = differences(request, content, text);
  if (faults.length > 0) throw malformedBody(faults);
  const seen = new Set(namesOf(visible));
  const isSame =
    columns.every((name) => seen.has(name)) && fingerprintOf(schema, columns, text) === content.fingerprint;
  if (!isSame) throw new CursorStale(restartAt(area, position));
  requireAllowed(content.consistency, '/cursor', settings);
  return { ...content, left: request.limit ?? content.left };
}

/** Members that stand beside a cursor must say what it says. */
function differences(request: ScanRequest, content: CursorContent, text: Text): RequestFault[] {
  const { area, columns, consistency } = request;
  const places: string[] = [];
  if (area !== undefined && !isSameArea(area, content.area, text)) {
    places.push(area.kind === 'range' ? '/range' : '/key');
  }
  if (columns !== undefined && !(isSameList(namesOf(columns), content.columns) && !content.isAllColumns)) {
    places.push('/columns');
  }
  if (consistency !== undefined && consistency !== content.consistency) places.push('/consistency');
  return places.map((pointer) => ({
    pointer,
    detail: 'differs from that of the scan that the cursor is of',
  }));
}

function isSameArea(a: ScanArea, b: ScanArea, text: Text): boolean {
  if (a.kind === 'partition') {
    return b.kind === 'partition' && keyIdentity(a.key, text) === keyIdentity(b.key, text);
  }
  return b.kind === 'range' && compareTokens(a.after, b.after) === 0 && compareTokens(a.upTo, b.upTo) === 0;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function knownFingerprint({ schema }: GrantedTable, columns: readonly string[], text: Text): string {
  const fingerprint = fingerprintOf(schema, columns, text);
  if (fingerprint === undefined) throw new Error('a column of the table is not in it');
  return fingerprint;
}

function namesOf(columns: readonly Column[]): readonly string[] {
  return columns.map(({ name }) => name);
}
