import type { TableSchema } from '../encoding/table-schema.ts';
import type { Selection } from '../reads/selection.ts';
import { hashOf, hashSeed } from './generations.ts';

/** Selections numbered for one table; beyond, the one unused for the longest gets a new number when it comes again. */
const maxSelections = 1_024;
/** Schema objects of one table with numbers of their own; beyond, the oldest gets a new one when it comes again. */
const maxStates = 4;

/** What begins the names of the partitions of a table. */
export interface TableNames {
  readonly schema: TableSchema;
  /** Four characters of a byte each; no two tables, and no two states of one, have the same. */
  readonly prefix: string;
  /** Begins the hashes of its partitions; the same whatever happens to the table. */
  readonly seed: number;
  /** Until the table is purged, or its schema has changed too often since. */
  readonly isOpen: boolean;
}

export interface SelectionNames {
  readonly table: TableNames;
  /** Of the columns in their order, and of whether a key names one row. */
  readonly selection: number;
}

/**
 * Numbers instead of names. A number is given once and never again: when a table changes or is purged it gets a new
 * one, nothing finds the old entries any more, and `closed` tells the store that they may go. A batch that began
 * before a change of the schema goes on with the number of the schema that it knows, beside those that came after.
 */
export interface ReadNames {
  of(selection: Selection): SelectionNames;
  /** One a schema object by which the table is still read; none: nothing was asked for since its last purge. */
  tablesOf(keyspace: string, table: string): readonly TableNames[];
  forget(keyspace: string, table: string): void;
  forgetAll(): void;
}

interface OpenTable extends TableNames {
  isOpen: boolean;
  /** The one unused for the longest first. */
  readonly selections: Map<string, number>;
}

interface KnownSelection extends SelectionNames {
  readonly table: OpenTable;
  readonly id: string;
}

/** `closed`: nothing with this prefix will be asked for or kept any more. */
export function createReadNames(closed: (prefix: string) => void = () => {}): ReadNames {
  /** By the names of the tables of the cluster that are cached, the oldest state first. */
  const tables = new Map<string, OpenTable[]>();
  const known = new WeakMap<Selection, KnownSelection>();
  let given = 0;

  const next = (): number => {
    given += 1;
    return given;
  };

  const close = (table: OpenTable): void => {
    table.isOpen = false;
    closed(table.prefix);
  };

  const open = (schema: TableSchema): OpenTable => {
    const name = fullName(schema.keyspace, schema.name);
    const states = tables.get(name) ?? [];
    const opened = states.find((state) => state.schema === schema);
    if (opened !== undefined) return opened;
    const table: OpenTable = {
      schema,
      prefix: prefixOf(next()),
      seed: tableSeed(schema.keyspace, schema.name),
      isOpen: true,
      selections: new Map(),
    };
    states.push(table);
    const oldest = states.length > maxStates ? states.shift() : undefined;
    if (oldest !== undefined) close(oldest);
    tables.set(name, states);
    return table;
  };

  const drop = (name: string): void => {
    for (const table of tables.get(name) ?? []) close(table);
    tables.delete(name);
  };

  return {
    of(selection) {
      const before = known.get(selection);
      const table = before?.table.isOpen ? before.table : open(selection.table);
      const id = before?.id ?? idOf(selection);
      const { selections } = table;
      const number = selections.get(id) ?? (before?.table === table ? before.selection : next());
      use(selections, id, number);
      if (before?.table === table && before.selection === number) return before;
      const names = { table, selection: number, id };
      known.set(selection, names);
      return names;
    },
    tablesOf: (keyspace, table) => tables.get(fullName(keyspace, table)) ?? [],
    forget: (keyspace, table) => drop(fullName(keyspace, table)),
    forgetAll() {
      for (const name of tables.keys()) drop(name);
    },
  };
}

/** The same of a table before and after each change: what is settling stays so. */
export function tableSeed(keyspace: string, table: string): number {
  return hashOf(fullName(keyspace, table), 0, hashSeed);
}

/** Neither name can hold a dot. */
function fullName(keyspace: string, table: string): string {
  return `${keyspace}.${table}`;
}

function prefixOf(number: number): string {
  const byte = (shift: number): number => (number >>> shift) & 0xff;
  return String.fromCharCode(byte(24), byte(16), byte(8), byte(0));
}

/** By what is wanted, not by object: selections that differ in the limit alone share what was read. */
function idOf({ statement, columns }: Selection): string {
  const { table, keyColumns } = statement;
  const isOneRow = keyColumns.length > table.partitionKey.length;
  return JSON.stringify([isOneRow, columns.map(({ name }) => name)]);
}

/** Whoever is asked for again and again keeps its number, however many others come. */
function use(selections: Map<string, number>, id: string, number: number): void {
  selections.delete(id);
  const unused = selections.size >= maxSelections ? selections.keys().next().value : undefined;
  if (unused !== undefined) selections.delete(unused);
  selections.set(id, number);
}
