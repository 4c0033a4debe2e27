import { operations } from '../applications.ts';
import { jsonFormOf } from '../encoding/json-form.ts';
import type { Column } from '../encoding/table-schema.ts';
import { type GrantedTable, openTable, type TableParts } from './granted-table.ts';
import { limitsPerKey } from './look-up-request.ts';
import type { Bounds, TableSettings } from './settings.ts';
import type { DescribeTable } from './table-description.ts';

export interface DescriptionParts extends TableParts {
  readonly bounds: Bounds;
  readonly settingsOf: (keyspace: string, table: string) => TableSettings;
}

/** Describes a table to an application that may do anything at all on it. */
export function createDescribe(parts: DescriptionParts): DescribeTable {
  return async (call) => {
    const table = await openTable(parts, call, 'any');
    const { schema, grant } = table;
    const settings = parts.settingsOf(call.keyspace, call.table);
    return JSON.stringify({
      keyspace: schema.keyspace,
      table: schema.name,
      partitionKey: schema.partitionKey.map(({ name }) => name),
      clusteringKey: schema.clusteringKey.map(({ name }) => name),
      columns: describeColumns(table),
      operations: operations.filter((operation) => grant.operations.has(operation)),
      writable: settings.writable,
      consistency: { default: settings.defaultConsistency, allowed: settings.allowedConsistencies },
      limits: describeLimits(parts.bounds),
    });
  };
}

/**
 * In schema order: what the application may see, and the key in any case, since it may be asked by. `readable`: the
 * column may be named in `columns`.
 */
function describeColumns({ schema, visible }: GrantedTable): readonly object[] {
  const seen = new Set(visible);
  const isKey = ({ kind }: Column): boolean => kind === 'partition' || kind === 'clustering';
  return schema.columns
    .filter((column) => seen.has(column) || isKey(column))
    .map((column) => ({
      name: column.name,
      kind: column.kind,
      type: column.cqlType,
      json: jsonFormOf(column.type),
      readable: seen.has(column) && column.type.kind !== 'unsupported',
    }));
}

function describeLimits(bounds: Bounds): object {
  const { keys, rows, writeRows, bodyBytes, answerBytes, timeoutMs, defaultTimeoutMs } = bounds;
  return {
    keys,
    rows,
    limitPerKey: limitsPerKey,
    writeRows,
    bodyBytes,
    answerBytes,
    timeoutMs,
    defaultTimeoutMs: Math.min(defaultTimeoutMs, timeoutMs),
  };
}
