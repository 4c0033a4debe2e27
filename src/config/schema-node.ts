import type { TSchema } from 'typebox';
import { parse } from 'yaml';

/** Settings before they are checked. */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeObject;
export interface TreeObject {
  [name: string]: Tree;
}

/** The JSON Schema of one setting, as far as walking it needs; `expects`, `later`, `secret`: see the schema. */
export interface SchemaNode extends TSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: Tree;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly expects?: string;
  readonly later?: Readonly<Record<string, string>>;
  readonly secret?: boolean;
}

export function isTreeObject(tree: Tree | undefined): tree is TreeObject {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}

/** The pattern of an object with free names, and what stands under each; undefined for other settings. */
export function entriesOf(node: SchemaNode): { pattern: string; entry: SchemaNode } | undefined {
  for (const [pattern, entry] of Object.entries(node.patternProperties ?? {})) return { pattern, entry };
  return undefined;
}

/** The schema under a name or an index; undefined where the schema knows nothing of it. */
export function childNode(node: SchemaNode | undefined, name: string): SchemaNode | undefined {
  if (node === undefined) return undefined;
  if (node.properties !== undefined && Object.hasOwn(node.properties, name)) return node.properties[name];
  return entriesOf(node)?.entry ?? node.items;
}

/**
 * What text from a variable, a flag or `${NAME}` stands for: itself where the setting is text, a list
 * split at commas where it is a list, otherwise YAML (`9090`, `true`). Text that is no YAML stays text, so
 * that the check can say what was expected.
 */
export function treeFromText(node: SchemaNode | undefined, text: string): Tree {
  if (node === undefined || node.type === 'string' || node.enum !== undefined) return text;
  if (node.type === 'array' && !text.trimStart().startsWith('[')) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => treeFromText(node.items, item));
  }
  try {
    return parse(text, { maxAliasCount: 0 }) as Tree;
  } catch {
    return text;
  }
}
