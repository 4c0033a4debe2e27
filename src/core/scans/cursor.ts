import { readKey } from '../encoding/key-json.ts';
import type { TableSchema } from '../encoding/table-schema.ts';
import type { Consistency, Text } from '../ports.ts';
import { tokenFromDecimal, tokenToDecimal } from '../token/token.ts';
import { base64FromBytes, bytesFromBase64 } from './base64-text.ts';
import { CursorStale } from './cursor-stale.ts';
import type { CursorSeal } from './scan.ts';
import type { ScanPosition } from './scan-position.ts';
import type { ScanArea } from './scan-request.ts';

/** What a cursor says, all that a scan needs to go on, on whichever instance. */
export interface CursorContent {
  /** By name, in the order of the rows. */
  readonly columns: readonly string[];
  /** None were named: they are those that the application saw when the scan began. */
  readonly isAllColumns: boolean;
  /** Of the table as it was. */
  readonly fingerprint: string;
  readonly consistency: Consistency;
  readonly area: ScanArea;
  readonly position: ScanPosition;
  /** Delivered before. */
  readonly rows: number;
  /** Still to be delivered; undefined: all. */
  readonly left: number | undefined;
}

/** Whose cursor, of which table. */
export interface CursorOwner {
  readonly application: string;
  readonly keyspace: string;
  readonly table: string;
}

export interface CursorBook {
  /** In letters, digits, `-` and `_`. */
  write(owner: CursorOwner, content: CursorContent): string;
  /**
   * Undefined for what is no cursor of this application and this table. Throws a `CursorStale` where it is one of a
   * partition, and the key of the table has changed since.
   */
  read(owner: CursorOwner, schema: TableSchema, cursor: string): CursorContent | undefined;
}

/** The form of the text that is sealed; another one gets another number. */
const version = 1;

/** The sealed text is JSON; short names, since a checkpoint comes once a second. */
interface Plain {
  readonly v: number;
  readonly app: string;
  readonly keyspace: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly all: boolean;
  readonly print: string;
  readonly level: Consistency;
  /** Of a range. */
  readonly range?: readonly [after: string, upTo: string];
  /** Of a partition; JSON has no undefined, and null is no key. */
  readonly key?: unknown;
  readonly at?: string;
  readonly page?: PlainPage;
  readonly rows: number;
  readonly left?: number;
}

interface PlainPage {
  readonly state: string;
  readonly last: string;
  /** Of a range. */
  readonly stretch?: readonly [after: string, upTo: string];
}

export function createCursorBook(seal: CursorSeal, text: Text): CursorBook {
  return {
    write: (owner, content) => base64FromBytes(seal.seal(text.utf8(JSON.stringify(plainOf(owner, content))))),
    read(owner, schema, cursor) {
      const sealed = bytesFromBase64(cursor);
      const bytes = sealed && seal.open(sealed);
      if (bytes === undefined) return undefined;
      // What this fleet has sealed in this form is well-formed.
      const plain = parseJson(text.fromUtf8(bytes)) as Plain | undefined;
      const isOwn =
        plain?.v === version &&
        plain.app === owner.application &&
        plain.keyspace === owner.keyspace &&
        plain.table === owner.table;
      return isOwn ? contentOf(plain, schema, text) : undefined;
    },
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function plainOf({ application, keyspace, table }: CursorOwner, content: CursorContent): Plain {
  const { area, position, left } = content;
  return {
    v: version,
    app: application,
    keyspace,
    table,
    columns: content.columns,
    all: content.isAllColumns,
    print: content.fingerprint,
    level: content.consistency,
    ...(area.kind === 'range' ? { range: tokensOf(area) } : { key: area.keyJson }),
    ...(position.kind === 'token' ? { at: tokenToDecimal(position.token) } : { page: pageOf(position) }),
    rows: content.rows,
    ...(left === undefined ? {} : { left }),
  };
}

function pageOf({ area, pageState, lastToken }: Extract<ScanPosition, { kind: 'page' }>): PlainPage {
  return {
    state: base64FromBytes(pageState),
    last: tokenToDecimal(lastToken),
    ...(area.kind === 'range' ? { stretch: tokensOf(area) } : {}),
  };
}

function tokensOf({ after, upTo }: Extract<ScanArea, { kind: 'range' }>): readonly [string, string] {
  return [tokenToDecimal(after), tokenToDecimal(upTo)];
}

function contentOf(plain: Plain, schema: TableSchema, text: Text): CursorContent | undefined {
  const area = plain.range === undefined ? partitionOf(plain.key, schema, text) : rangeOf(plain.range);
  const position = positionOf(plain, area);
  if (position === undefined) return undefined;
  return {
    columns: plain.columns,
    isAllColumns: plain.all,
    fingerprint: plain.print,
    consistency: plain.level,
    area,
    position,
    rows: plain.rows,
    left: plain.left,
  };
}

function rangeOf([after, upTo]: readonly [string, string]): Extract<ScanArea, { kind: 'range' }> {
  return { kind: 'range', after: tokenFromDecimal(after), upTo: tokenFromDecimal(upTo) };
}

/**
 * The key was good when the scan began: where it is not, that of the table has changed. It is told as it was given, and
 * has to be written anew: nothing here says which column has become which.
 */
function partitionOf(keyJson: unknown, schema: TableSchema, text: Text): ScanArea {
  const read = readKey(schema, keyJson, '', text);
  if ('faults' in read) throw new CursorStale({ key: keyJson });
  return { kind: 'partition', key: read.key, keyJson };
}

function positionOf({ at, page }: Plain, area: ScanArea): ScanPosition | undefined {
  if (at !== undefined) return { kind: 'token', token: tokenFromDecimal(at) };
  const pageState = page && bytesFromBase64(page.state);
  if (page === undefined || pageState === undefined) return undefined;
  const lastToken = tokenFromDecimal(page.last);
  const { stretch } = page;
  if (area.kind === 'partition') {
    return { kind: 'page', area: { kind: 'partition', key: area.key }, pageState, lastToken };
  }
  return stretch && { kind: 'page', area: rangeOf(stretch), pageState, lastToken };
}
