import type { KeyBytes, Text } from '../ports.ts';

/** Equal exactly when the keys are equal byte for byte, component by component. */
export function keyIdentity(key: KeyBytes, text: Text): string {
  const only = key[0];
  if (key.length === 1 && only !== undefined) return text.binary(only);
  return key.map((component) => `${component.length}:${text.binary(component)}`).join('');
}
