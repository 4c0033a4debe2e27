import { Buffer } from 'node:buffer';
import type cassandra from 'cassandra-driver';
import type { CqlValue } from '../../core/encoding/cql-value.ts';
import { ReplicaError } from '../../core/errors.ts';
import type { KeyBytes, PageArea, PageRead, ReplicaPage, ScanStatement, Text } from '../../core/ports.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import { asBuffer, tokenBytes } from './bound-values.ts';
import type { NodeTarget } from './cluster-monitor.ts';
import { compileOnce } from './compile-once.ts';
import { canBeStored } from './key-parameters.ts';
import { createKeyReader } from './key-reader.ts';
import { messageOptions } from './message-options.ts';
import { handOverCompoundsAsBytes } from './raw-values.ts';
import { replicaErrorFrom } from './replica-error-mapping.ts';
import { cellsOf, createRowReader } from './row-cells.ts';
import { cellName, pageText } from './statement-text.ts';

type Row = cassandra.types.Row;

/** All about a scan that does not depend on where it is. */
interface CompiledScan {
  readonly text: string;
  readValues(row: Row): readonly CqlValue[];
  /** The bytes of the row's partition key, copied: a page's key outlives the page. */
  readKey(row: Row): KeyBytes;
}

function createScanCompiler(text: Text): (statement: ScanStatement) => CompiledScan {
  handOverCompoundsAsBytes();
  return compileOnce((statement: ScanStatement) => compileScan(statement, text));
}

function compileScan(statement: ScanStatement, text: Text): CompiledScan {
  const { partitionKey } = statement.table;
  const cells = cellsOf(partitionKey, statement.columns);
  const keyReaders = partitionKey.map((column) => createKeyReader(column.type, text));
  return {
    text: pageText(statement, cells),
    readValues: createRowReader(statement.columns, cells, text),
    readKey: (row) => keyReaders.map((read, position) => new Uint8Array(read(row[cellName(position)]))),
  };
}

const emptyPage: ReplicaPage = { rows: [], lastKey: undefined, pageState: undefined };

/** Reads pages from the nodes that `targetOf` finds. Rejects with a `ReplicaError`. */
export function createPageReader(
  targetOf: (node: ClusterNode) => NodeTarget | undefined,
  text: Text,
): (request: PageRead) => Promise<ReplicaPage> {
  const compile = createScanCompiler(text);
  return async (request) => {
    const { area, pageState, statement } = request;
    const target = targetOf(request.node);
    if (target === undefined) throw new ReplicaError('node-gone');
    if (area.kind === 'partition' && !canBeStored(statement.table, area.key)) return emptyPage;
    const compiled = compile(statement);
    const result = await target.client
      .execute(compiled.text, areaParameters(area), {
        ...messageOptions(target.host, request),
        autoPage: false,
        fetchSize: request.rows,
        ...(pageState === undefined ? {} : { pageState: asBuffer(pageState) }),
      })
      .catch((error: unknown) => {
        throw replicaErrorFrom(error, target.host.address);
      });
    // Outside of the mapping: a fault in decoding is Weir's own and must not pass for one of the node.
    return pageFrom(result, compiled);
  };
}

function pageFrom(result: cassandra.types.ResultSet, compiled: CompiledScan): ReplicaPage {
  const last = result.rows.at(-1);
  return {
    rows: result.rows.map(compiled.readValues),
    lastKey: last && compiled.readKey(last),
    // The driver's types promise a text; there is none at the end.
    pageState: result.pageState ? Buffer.from(result.pageState, 'hex') : undefined,
  };
}

/** The bound values of `pageText`. */
function areaParameters(area: PageArea): Buffer[] {
  return area.kind === 'partition' ? area.key.map(asBuffer) : [tokenBytes(area.after), tokenBytes(area.upTo)];
}
