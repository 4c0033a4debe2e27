import { RequestError } from '../core/errors.ts';

/**
 * The query of a request as given, decoded, in order, doubles kept; `+` is a space, as forms write it. Throws a
 * `RequestError` for a percent sign that does not lead to UTF-8. Bounded by the length that headers may have.
 */
export function readQueryParameters(url: string): (readonly [name: string, value: string])[] {
  const at = url.indexOf('?');
  if (at < 0) return [];
  const parts = url
    .slice(at + 1)
    .split('&')
    .filter((part) => part !== '');
  return parts.map((part) => {
    const equals = part.indexOf('=');
    return equals < 0 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new RequestError('invalid-request', 'the query is not percent-encoded UTF-8');
  }
}
