import { type Application, type Grant, grantOn, type Operation } from '../applications.ts';
import type { Column, TableSchema } from '../encoding/table-schema.ts';
import { ReplicaError, RequestError } from '../errors.ts';
import type { Clock, SchemaReader } from '../ports.ts';

/** A table as one application knows it. */
export interface GrantedTable {
  readonly schema: TableSchema;
  readonly grant: Grant;
  /** The columns that the application may see, in schema order. Of all others it is told only the names in the key. */
  readonly visible: readonly Column[];
}

/** Whose request for which table; every call of a use case is one. */
export interface TableCall {
  readonly application: Application;
  readonly keyspace: string;
  readonly table: string;
  /** On the core's clock. */
  readonly deadlineMs: number;
}

export interface TableParts {
  readonly schema: SchemaReader;
  readonly clock: Clock;
}

/**
 * The table that the application names, if it may. Rejects with a `RequestError`: `not-found` for a table that
 * does not exist or on which nothing is granted, `operation-not-granted`, `not-ready` while the schema cannot be
 * read, `deadline-exceeded`. What is granted decides before the schema is asked.
 */
export async function openTable(
  parts: TableParts,
  call: TableCall,
  operation: Operation | 'any',
): Promise<GrantedTable> {
  const grant = grantOn(call.application, call.keyspace, call.table);
  if (grant === undefined) throw noSuchTable();
  if (operation !== 'any' && !grant.operations.has(operation)) {
    throw new RequestError('operation-not-granted', `the application may not ${operation} this table`);
  }
  const schema = await findTable(parts, call);
  const { columns } = grant;
  const visible =
    columns === undefined ? schema.columns : schema.columns.filter(({ name }) => columns.has(name));
  return { schema, grant, visible };
}

async function findTable(parts: TableParts, call: TableCall): Promise<TableSchema> {
  const table = await withinDeadline(
    parts.clock,
    call.deadlineMs,
    parts.schema.table(call.keyspace, call.table),
  ).catch((error: unknown) => {
    if (error instanceof ReplicaError) {
      throw new RequestError('not-ready', 'the schema cannot be read from the cluster just now');
    }
    throw error;
  });
  if (table === undefined) throw noSuchTable();
  return table;
}

function noSuchTable(): RequestError {
  return new RequestError('not-found', 'there is no such table, or nothing is granted on it');
}

/** Rejects with `deadline-exceeded` when the deadline comes first. */
function withinDeadline<T>(clock: Clock, deadlineMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let cancel = (): void => {};
    const end = (): void => {
      isOver = true;
      cancel();
    };
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
    // Its turn comes after that of a table that is known already, as nearly all are: for those no timer is begun.
    void Promise.resolve().then(() => {
      if (isOver) return;
      cancel = clock.after(deadlineMs - clock.nowMs(), () =>
        reject(new RequestError('deadline-exceeded', 'the deadline passed before the table was known')),
      );
    });
  });
}
