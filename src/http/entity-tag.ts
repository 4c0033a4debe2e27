import { hash } from 'node:crypto';

/** Digits of base64url, 6 bits each: two rows of one address do not meet by chance. */
const tagLength = 22;

/** Weak, because it says that the row is the same, not in which bytes a later release writes it. */
export function entityTagOf(body: string): string {
  return `W/"${hash('sha256', body, 'base64url').slice(0, tagLength)}"`;
}

/**
 * Whether `If-None-Match` (RFC 9110, section 13.1.2) names the tag, by the weak comparison. A member of the list
 * that is malformed matches nothing.
 */
export function namesEntityTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return (header.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []).some(
    (member) => member.replace(/^W\//, '') === opaque,
  );
}
