import { RequestError } from '../core/errors.ts';

const tag = '(?:W/)?"[\\x21\\x23-\\x7e]*"';
const list = new RegExp(`^\\s*${tag}(?:\\s*,\\s*${tag})*\\s*$`);

/**
 * The tags of `If-Match` (RFC 9110, section 13.1.1); undefined for whatever holds: without the header, and for `*`. Weak
 * tags are among them and equal to none of ours. Throws a `RequestError` for what is no such list: who forgets the quotes
 * is not to be told that somebody else was faster.
 */
export function readIfMatch(header: string | undefined): readonly string[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  if (list.test(header)) return header.match(new RegExp(tag, 'g')) ?? [];
  throw new RequestError('invalid-request', 'If-Match must be * or a list of tags in double quotes');
}
