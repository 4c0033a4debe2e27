import { RequestError } from '../core/errors.ts';

/** The parameters of a query. A misspelt one is refused: without its `dryRun` a trial would be a change. */
export interface QueryFields {
  /** `true` or `false`; false where it is left out. */
  flag(name: string): boolean;
  wholeNumber(
    name: string,
    bounds: { readonly least: number; readonly most: number; readonly usual: number },
  ): number;
}

/** Throws a `RequestError` for a parameter that is not `known`, and later for one that is malformed. */
export function readQuery(query: unknown, known: readonly string[]): QueryFields {
  const given = new Map(Object.entries(query ?? {}));
  if ([...given.keys()].some((name) => !known.includes(name))) {
    throw refusal('?', `this address takes ${known.length === 0 ? 'none' : `only ${known.join(', ')}`}`);
  }
  return {
    flag(name) {
      const value = given.get(name) ?? 'false';
      if (value === 'true' || value === 'false') return value === 'true';
      throw refusal(`?${name}`, 'must be true or false');
    },
    wholeNumber(name, { least, most, usual }) {
      const value = given.get(name);
      if (value === undefined) return usual;
      const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= least && number <= most) return number;
      throw refusal(`?${name}`, `must be a whole number from ${least} to ${most}`);
    },
  };
}

function refusal(pointer: string, detail: string): RequestError {
  return new RequestError('invalid-request', 'the query is malformed', [{ pointer, detail }]);
}
