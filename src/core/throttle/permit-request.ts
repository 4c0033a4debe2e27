import { type Operation, operations } from '../applications.ts';
import { permitBounds } from './permit-bounds.ts';
import { readFields } from './request-fields.ts';

export interface PermitRequest {
  readonly operation: Operation;
  readonly units: number;
  /** Lower-case. */
  readonly permitId: string;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Undefined for what is no UUID. */
export function readPermitId(text: string): string | undefined {
  const id = text.toLowerCase();
  return uuidPattern.test(id) ? id : undefined;
}

/** Throws a `RequestError` (`invalid-request`) with every fault. */
export function readPermitRequest(body: unknown): PermitRequest {
  const fields = readFields(body, ['operation', 'units', 'permitId']);
  const operation = operations.find((known) => known === fields.value('operation'));
  if (operation === undefined) fields.fault('operation', `must be one of ${operations.join(', ')}`);
  const units = fields.wholeNumber('units', 1, permitBounds.mostUnits);
  if (fields.value('units') === undefined) fields.fault('units', 'is required');
  const given = fields.value('permitId');
  const permitId = typeof given === 'string' ? readPermitId(given) : undefined;
  if (permitId === undefined) fields.fault('permitId', 'must be a UUID');
  fields.check();
  if (operation === undefined || units === undefined || permitId === undefined) throw new Error('unchecked');
  return { operation, units, permitId };
}

/** The units of a return. Throws as `readPermitRequest`. */
export function readReturnedUnits(body: unknown): number {
  const fields = readFields(body, ['units']);
  const units = fields.wholeNumber('units', 1, permitBounds.mostUnits);
  if (fields.value('units') === undefined) fields.fault('units', 'is required');
  fields.check();
  if (units === undefined) throw new Error('unchecked');
  return units;
}
