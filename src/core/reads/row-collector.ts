import { ValueFault } from '../encoding/value-fault.ts';
import type { ReplicaRow, Text } from '../ports.ts';
import { keyIdentity } from './key-identity.ts';
import type { KeyOutcome, ReadBatch } from './key-reader.ts';

interface Found {
  readonly key: number;
  readonly pieces: string[];
  truncated: boolean;
  unreadable: boolean;
}

/**
 * Sorts the rows of one message to its keys by key bytes, never by decoded values, and encodes each once.
 * A row of a key that was not asked is dropped: never another key's row.
 */
export function collectRows(
  batch: ReadBatch,
  text: Text,
  keys: readonly number[],
  rows: readonly ReplicaRow[],
  ageMs: number,
  settle: (key: number, outcome: KeyOutcome) => void,
): void {
  const { encode, rowsPerKey } = batch.selection;
  const found = new Map<string, Found>();
  for (const key of keys) {
    const identity = keyIdentity(batch.keys[key] ?? [], text);
    found.set(identity, { key, pieces: [], truncated: false, unreadable: false });
  }
  for (const row of rows) {
    const entry = found.get(keyIdentity(row.key, text));
    if (entry === undefined) continue;
    if (entry.pieces.length >= rowsPerKey) entry.truncated = true;
    else addPiece(entry, row, encode);
  }
  for (const entry of found.values()) settle(entry.key, outcomeOf(entry, ageMs));
}

function addPiece(entry: Found, row: ReplicaRow, encode: (values: ReplicaRow['values']) => string): void {
  try {
    entry.pieces.push(encode(row.values));
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    entry.unreadable = true;
  }
}

function outcomeOf(entry: Found, ageMs: number): KeyOutcome {
  if (entry.unreadable) return { status: 'error', problem: 'unreadable-value' };
  if (entry.pieces.length === 0) return { status: 'missing', source: 'cassandra', ageMs };
  return { status: 'found', rows: entry.pieces, truncated: entry.truncated, source: 'cassandra', ageMs };
}
