import { RequestError, type RequestFault } from '../core/errors.ts';

/** Names of fields are the caller's: long ones are cut where they are told as places. */
const longestField = 64;

/** RFC 6901, of the names from the root. */
export function pointerTo(path: readonly string[]): string {
  return path.map((name) => `/${escapeName(name)}`).join('');
}

/** What the caller is told of a body that its schema refused; undefined for any other error. */
export function toBodyFault(error: unknown): RequestError | undefined {
  const [first] = validationOf(error);
  if (first === undefined) return undefined;
  return new RequestError('invalid-request', 'the body does not have the expected form', [describe(first)]);
}

interface SchemaFault {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function validationOf(error: unknown): readonly SchemaFault[] {
  const faults = error instanceof Error && 'validation' in error ? error.validation : undefined;
  return Array.isArray(faults) ? (faults as SchemaFault[]) : [];
}

/** Of names and rules only: the validator's own words can quote the body. */
function describe({ instancePath, keyword, params }: SchemaFault): RequestFault {
  switch (keyword) {
    case 'additionalProperties':
      return {
        pointer: `${instancePath}/${escapeName(String(params['additionalProperty']))}`,
        detail: 'is not a field of this request',
      };
    case 'required':
      return { pointer: `${instancePath}/${String(params['missingProperty'])}`, detail: 'is missing' };
    case 'type':
      return { pointer: instancePath, detail: `must be of the type ${String(params['type'])}` };
    case 'enum':
      return { pointer: instancePath, detail: `must be one of ${String(params['allowedValues'])}` };
    case 'minimum':
      return { pointer: instancePath, detail: `must be at least ${String(params['limit'])}` };
    case 'maximum':
      return { pointer: instancePath, detail: `must be at most ${String(params['limit'])}` };
    case 'maxLength':
      return { pointer: instancePath, detail: `must have at most ${String(params['limit'])} characters` };
    case 'minLength':
      return { pointer: instancePath, detail: 'must not be empty' };
    case 'minItems':
      return { pointer: instancePath, detail: 'must not be empty' };
    case 'maxItems':
      return { pointer: instancePath, detail: `must have at most ${String(params['limit'])} members` };
    default:
      return { pointer: instancePath, detail: 'does not have the expected form' };
  }
}

function escapeName(name: string): string {
  return name.slice(0, longestField).replaceAll('~', '~0').replaceAll('/', '~1');
}
