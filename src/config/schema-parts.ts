/**
 * What the schema of the configuration is put together from.
 *
 * Annotations of our own, which JSON Schema for editors leaves out:
 * - `expects`: what a right value looks like, for errors;
 * - `secret`: shown masked; a `whole` one may not be written out in the file either, nor may the password of a `url`;
 * - `reloadable`: whether a change takes effect without a restart; holds for everything below, too;
 * - `fixedPresence`: whether the section is there at all is decided at the start;
 * - `like`: a section of the same keys as the one of that path, which is described there once;
 * - `fileBytes`: the setting is the path of a file, which is read with the configuration; the most that it may have.
 */
import Type, { type TSchema } from 'typebox';
import { durationPattern, sizePattern } from './units.ts';

interface Marks {
  readonly reloadable?: boolean;
  readonly fixedPresence?: boolean;
  readonly like?: string;
}

export const closed = (description: string, marks: Marks = {}) =>
  ({ additionalProperties: false, description, ...marks }) as const;
/** A section whose every key has a default, so that it may be left out. */
export const section = (description: string, marks: Marks = {}) =>
  ({ ...closed(description, marks), default: {} }) as const;

export const port = (description: string, standard: number, marks: Marks = {}) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: standard, description, ...marks });
export const count = (description: string, minimum: number, maximum: number, standard: number) =>
  Type.Integer({ minimum, maximum, default: standard, description });
/** Text in the grammar of Cassandra's table option of that name; read by the cross-checks. */
export const speculativeRetry = (description: string, marks: { readonly default?: string } = {}) =>
  Type.String({
    minLength: 1,
    maxLength: 64,
    expects: 'text such as 99p, 15ms or NONE',
    description,
    ...marks,
  });
export const text = (description: string, expects = 'text of 1 to 256 characters') =>
  Type.String({ minLength: 1, maxLength: 256, expects, description });
export const secretText = (description: string) =>
  Type.String({ minLength: 1, maxLength: 1_024, expects: 'text', secret: 'whole', description });
export const host = (description: string, standard: string, marks: Marks = {}) =>
  Type.String({
    pattern: '^[A-Za-z0-9._:-]{1,253}$',
    expects: 'an address or a host name',
    default: standard,
    description,
    ...marks,
  });
const durationForm = { pattern: durationPattern, expects: 'a duration such as 125ms or 2s' } as const;
export const duration = (description: string, standard: string, marks: Marks = {}) =>
  Type.String({ ...durationForm, default: standard, description, ...marks });
export const requiredDuration = (description: string) => Type.String({ ...durationForm, description });
export const size = (description: string, standard: string, marks: Marks = {}) =>
  Type.String({
    pattern: sizePattern,
    expects: 'a size such as 64KiB or 1MiB',
    default: standard,
    description,
    ...marks,
  });
export const named = <Entry extends TSchema>(
  pattern: string,
  expects: string,
  entry: Entry,
  description: string,
  marks: Marks = {},
) =>
  Type.Record(Type.String({ pattern }), entry, {
    additionalProperties: false,
    expects,
    description,
    ...marks,
  });

/** A relative path starts at the folder of the configuration file. */
export const file = (description: string, fileBytes: number, marks: Marks = {}) =>
  Type.String({
    minLength: 1,
    maxLength: 1_024,
    expects: 'the path of a file',
    fileBytes,
    description,
    ...marks,
  });
export const secretFileBytes = 4_096;
/** A bundle of every public authority has a quarter of it. */
export const pemFileBytes = 1_048_576;
/** Ten thousand nodes. */
export const topologyFileBytes = 1_048_576;

export const addressPattern =
  '^(\\[[0-9A-Fa-f:.]{2,45}\\](:[0-9]{1,5})?|[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|[0-9A-Fa-f:]{2,39})$';
export const addressForm = 'host or host:port';

/** Names become metric labels and header values; hence the narrow alphabet. */
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';
export const nameForm = 'a name of up to 64 letters, digits, ".", "_" and "-"';
/** Cassandra allows only word characters in the names of keyspaces and tables, quoted or not. */
export const tablePattern = '^\\w{1,222}\\.\\w{1,222}$';
export const tableForm = 'keyspace.table';

export const keyHash = (description: string) =>
  Type.String({
    pattern: '^sha256:[0-9a-f]{64}$',
    expects: 'sha256: and 64 lower-case hex digits, as weir key new prints it',
    secret: 'hash',
    description,
  });
