import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { ReplicaError } from '../errors.ts';
import type { PageArea, SchemaReader, Text } from '../ports.ts';
import type { ScanSelection, ScanSelections } from './scan-selection.ts';
import { fingerprintOf } from './table-fingerprint.ts';

export interface ScannedTableParts {
  readonly schema: SchemaReader;
  readonly selections: ScanSelections;
  readonly text: Text;
}

export interface ColumnsWanted {
  /** By name, in the order of the rows. */
  readonly columns: readonly string[];
  readonly fingerprint: string;
  readonly area: Pick<PageArea, 'kind'>;
}

/** The table of one scan, which may change while the scan goes on. */
export class ScannedTable {
  readonly #parts: ScannedTableParts;
  readonly #wanted: ColumnsWanted;
  #table: TableSchema;
  #selection: ScanSelection;

  constructor(parts: ScannedTableParts, table: TableSchema, wanted: ColumnsWanted) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#table = table;
    this.#selection = this.#select(table);
  }

  get selection(): ScanSelection {
    return this.#selection;
  }

  /**
   * Takes over what the table is now. False: it is gone, or something that the scan relies on has changed. While the
   * schema cannot be read it counts as unchanged.
   */
  async isAsBefore(): Promise<boolean> {
    const { keyspace, name } = this.#table;
    const table = await this.#parts.schema.table(keyspace, name).catch((error: unknown) => {
      if (error instanceof ReplicaError) return this.#table;
      throw error;
    });
    if (table === this.#table) return true;
    const { columns, fingerprint } = this.#wanted;
    if (table === undefined || fingerprintOf(table, columns, this.#parts.text) !== fingerprint) return false;
    this.#table = table;
    this.#selection = this.#select(table);
    return true;
  }

  #select(table: TableSchema): ScanSelection {
    const byName = new Map(table.columns.map((column) => [column.name, column]));
    const columns = this.#wanted.columns.map((name) => byName.get(name) as Column);
    return this.#parts.selections.select(table, columns, this.#wanted.area.kind);
  }
}
