import type { KeyBytes, Text } from '../ports.ts';
import type { GrantedTable } from './granted-table.ts';
import { keyIdentity } from './key-identity.ts';
import type { LookUpRequest } from './look-up-request.ts';
import type { Selection, SelectionBook } from './selection.ts';

/** Distinct keys of one form, since one statement asks for whole keys and another for partitions. */
export interface KeyBatch {
  readonly selection: Selection;
  /** No two are equal byte for byte. */
  readonly keys: readonly KeyBytes[];
  /** The `keyIdentity` of each. */
  readonly identities: readonly string[];
}

/** Where a key that was asked is read: `position` among the keys of that batch. */
export interface KeyPlace {
  readonly batch: number;
  readonly position: number;
}

export interface BatchedKeys {
  /** One or two, in the order in which their forms come in the request. */
  readonly batches: readonly KeyBatch[];
  /** `places[i]` is of the i-th key of the request. */
  readonly places: readonly KeyPlace[];
  readonly warnings: readonly string[];
}

interface OpenBatch {
  readonly index: number;
  readonly selection: Selection;
  readonly keys: KeyBytes[];
  readonly identities: string[];
  readonly known: Map<string, KeyPlace>;
}

/** A key given twice is read once; given whole and as a partition it is two keys. */
export function batchKeys(
  request: LookUpRequest,
  table: GrantedTable,
  selections: SelectionBook,
  text: Text,
): BatchedKeys {
  const batches: OpenBatch[] = [];
  const byForm = new Map<boolean, OpenBatch>();
  const batchOf = (whole: boolean): OpenBatch => {
    let batch = byForm.get(whole);
    if (batch === undefined) {
      const selection = selections.select(table, request.columns, whole, request.limitPerKey);
      batch = { index: batches.length, selection, keys: [], identities: [], known: new Map() };
      byForm.set(whole, batch);
      batches.push(batch);
    }
    return batch;
  };
  const places = request.keys.map(({ key, whole, identity = keyIdentity(key, text) }) => {
    const { index, keys, identities, known } = batchOf(whole);
    const before = known.get(identity);
    if (before !== undefined) return before;
    const place = { batch: index, position: keys.length };
    known.set(identity, place);
    identities.push(identity);
    keys.push(key);
    return place;
  });
  return { batches, places, warnings: batches[0]?.selection.warnings ?? [] };
}
