import type { ConfigView } from '../core/administration.ts';

const mostNamed = 100;

/** The values that a configuration has at some keys (`tables.shop.products.grouping`), null where it has none. */
export function settingsAt({ settings }: ConfigView, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.slice(0, mostNamed).map((key) => [key, valueAt(settings, key) ?? null]));
}

/** Names may have dots of their own, hence each that the key begins with is tried. */
function valueAt(tree: unknown, key: string): unknown {
  if (key === '') return tree;
  if (typeof tree !== 'object' || tree === null) return undefined;
  for (const [name, child] of Object.entries(tree)) {
    if (key === name) return child;
    if (!key.startsWith(`${name}.`)) continue;
    const found = valueAt(child, key.slice(name.length + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
