import type { RequestFault } from '../errors.ts';
import { echoName, malformed } from '../reads/request-options.ts';

/** The fields of a JSON body that are known by name, and what is wrong with it. */
export interface RequestFields {
  value(name: string): unknown;
  /** Undefined where it is absent; at fault where it is no whole number of the range. */
  wholeNumber(name: string, least: number, most: number): number | undefined;
  fault(name: string, detail: string): void;
  /** Throws `invalid-request` with every fault that was found. */
  check(): void;
}

/** Fields that are not known are faults. Throws `invalid-request` for what is no JSON object. */
export function readFields(body: unknown, known: readonly string[]): RequestFields {
  if (!isObject(body)) throw malformedBody([{ pointer: '', detail: 'the body must be a JSON object' }]);
  const faults: RequestFault[] = Object.keys(body)
    .filter((field) => !known.includes(field))
    .map((field) => ({
      pointer: `/${echoName(field).replaceAll('~', '~0').replaceAll('/', '~1')}`,
      detail: `unknown field; known: ${known.join(', ')}`,
    }));
  const fault = (name: string, detail: string): void => {
    faults.push({ pointer: `/${name}`, detail });
  };
  return {
    value: (name) => body[name],
    wholeNumber(name, least, most) {
      const value = body[name];
      if (value === undefined) return undefined;
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
        return value;
      fault(name, `must be a whole number from ${least} to ${most}`);
      return undefined;
    },
    fault,
    check() {
      if (faults.length > 0) throw malformedBody(faults);
    },
  };
}

function malformedBody(faults: readonly RequestFault[]): Error {
  return malformed('the body does not have the expected form', faults);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
