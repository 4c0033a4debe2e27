import type { Column } from '../encoding/table-schema.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import { type Consistency, consistencies } from '../ports.ts';
import type { TableSettings } from './settings.ts';

/** What a look-up and a row may both ask for. `place` is where it stands in the request, as faults name it. */

/** Faults told at once; a caller that sent worse has enough to go by. */
export const maxFaults = 100;
/** Characters of a caller's own name that are echoed as a place. */
const maxEchoedName = 64;

export function parseConsistency(
  value: unknown,
  place: string,
  settings: TableSettings,
  faults: RequestFault[],
): Consistency {
  if (value === undefined) return settings.defaultConsistency;
  const known = consistencies.find((level) => level === value);
  if (known !== undefined) return known;
  faults.push({ pointer: place, detail: `must be one of ${consistencies.join(', ')}` });
  return settings.defaultConsistency;
}

/** Throws `impossible` for a level that the operator did not allow. */
export function requireAllowed(consistency: Consistency, place: string, settings: TableSettings): void {
  if (settings.allowedConsistencies.includes(consistency)) return;
  const detail = `not allowed on this table; allowed: ${settings.allowedConsistencies.join(', ')}`;
  throw new RequestError('impossible', 'the consistency level is not allowed', [{ pointer: place, detail }]);
}

/** Names without doubles. */
export function parseColumnNames(
  values: readonly unknown[],
  place: string,
  faults: RequestFault[],
): readonly string[] {
  const names = new Set<string>();
  for (const [index, name] of values.entries()) {
    if (faults.length >= maxFaults) break;
    const pointer = `${place}/${index}`;
    if (typeof name !== 'string') faults.push({ pointer, detail: 'must be a string' });
    else if (names.has(name)) faults.push({ pointer, detail: 'is named twice' });
    else names.add(name);
  }
  return [...names];
}

/** Throws `impossible` for names that are not among the visible columns: one that is not granted is as unknown as one that is not there. */
export function resolveColumns(
  names: readonly string[],
  place: string,
  visible: readonly Column[],
): readonly Column[] {
  const faults: RequestFault[] = [];
  const byName = new Map(visible.map((column) => [column.name, column]));
  const columns = names.flatMap((name, index) => {
    const column = byName.get(name);
    if (column !== undefined && column.type.kind !== 'unsupported') return [column];
    const detail = column === undefined ? 'unknown column' : `its type ${column.cqlType} is not supported`;
    if (faults.length < maxFaults) faults.push({ pointer: `${place}/${index}`, detail });
    return [];
  });
  if (faults.length > 0) throw new RequestError('impossible', 'not every column can be read', faults);
  return columns;
}

export function malformed(detail: string, faults: readonly RequestFault[]): RequestError {
  return new RequestError('invalid-request', detail, faults.slice(0, maxFaults));
}

/** A name of the caller as part of a place; long ones are cut. */
export function echoName(name: string): string {
  return name.slice(0, maxEchoedName);
}
