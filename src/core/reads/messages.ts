import type { KeyBytes, Text } from '../ports.ts';

/** Whether any two of the keys could share a message, if one node owned both. */
export function canShareMessages(
  keys: readonly number[],
  keyBytes: (key: number) => KeyBytes,
  position: number,
  text: Text,
): boolean {
  return messagesOf(keys, keyBytes, position, text).length < keys.length;
}

/**
 * Cuts a group into messages: keys that agree in every component but the one at `position` share one, since
 * one `IN` can carry them. Several `IN`s would be a Cartesian product. Keys with a single component make one message.
 */
export function messagesOf(
  keys: readonly number[],
  keyBytes: (key: number) => KeyBytes,
  position: number,
  text: Text,
): readonly (readonly number[])[] {
  const first = keys[0];
  if (first === undefined) return [];
  if (keys.length === 1 || keyBytes(first).length === 1) return [keys];
  const messages = new Map<string, number[]>();
  for (const key of keys) {
    const rest = keyBytes(key)
      .filter((_, index) => index !== position)
      .map((component) => `${component.length}:${text.binary(component)}`)
      .join('');
    const message = messages.get(rest);
    if (message === undefined) messages.set(rest, [key]);
    else message.push(key);
  }
  return [...messages.values()];
}
