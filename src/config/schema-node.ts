import type { TSchema } from 'typebox';
import { parse } from 'yaml';

/** Settings before they are checked. */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeObject;
export interface TreeObject {
  [name: string]: Tree;
}

/** The JSON Schema of one setting, as far as walking it needs; annotations of our own: see `schema-parts.ts`. */
export interface SchemaNode extends TSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: Tree;
  readonly const?: Tree;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly expects?: string;
  readonly secret?: 'whole' | 'hash' | 'url';
  readonly reloadable?: boolean;
  readonly fixedPresence?: boolean;
  readonly like?: string;
  readonly fileBytes?: number;
}

export function isTreeObject(tree: Tree | undefined): tree is TreeObject {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree);
}

export function isSection(node: SchemaNode): boolean {
  return node.properties !== undefined || node.patternProperties !== undefined;
}

/** The pattern of an object with free names, and what stands under each; undefined for other settings. */
export function entriesOf(node: SchemaNode): { pattern: string; entry: SchemaNode } | undefined {
  for (const [pattern, entry] of Object.entries(node.patternProperties ?? {})) return { pattern, entry };
  return undefined;
}

/** Of a setting that may be a list or a section, the one that the value is written as; else the setting itself. */
export function branchFor(node: SchemaNode, tree: Tree | undefined): SchemaNode {
  const wanted = isTreeObject(tree) ? isSection : (branch: SchemaNode) => branch.type === 'array';
  const branch = isTreeObject(tree) || Array.isArray(tree) ? node.anyOf?.find(wanted) : undefined;
  return branch ?? node;
}

/** The schema under a name or an index; undefined where the schema knows nothing of it. */
export function childNode(node: SchemaNode | undefined, name: string): SchemaNode | undefined {
  if (node === undefined) return undefined;
  if (node.properties !== undefined && Object.hasOwn(node.properties, name)) return node.properties[name];
  for (const branch of [...(node.anyOf ?? [])].sort((a, b) => Number(isSection(b)) - Number(isSection(a)))) {
    const child = childNode(branch, name);
    if (child !== undefined) return child;
  }
  return entriesOf(node)?.entry ?? node.items;
}

/**
 * What text from a variable, a flag or `${NAME}` stands for: itself where the setting is text, a list
 * split at commas where it is a list, otherwise YAML (`9090`, `true`). Text that is no YAML stays text, so
 * that the check can say what was expected.
 */
export function treeFromText(node: SchemaNode | undefined, text: string): Tree {
  if (node === undefined || node.type === 'string' || node.enum !== undefined) return text;
  const list = node.type === 'array' ? node : node.anyOf?.find((branch) => branch.type === 'array');
  if (list !== undefined && !/^\s*[[{]/.test(text)) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => treeFromText(list.items, item));
  }
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' }) as Tree;
  } catch {
    return text;
  }
}

export interface LeafSetting {
  readonly path: readonly string[];
  readonly node: SchemaNode;
  readonly tree: Tree;
  readonly reloadable: boolean;
}

/** Every value of checked settings, a list counting as one, in the order of the settings. */
export function leafSettings(
  tree: Tree,
  node: SchemaNode,
  path: readonly string[] = [],
  reloadable = false,
): LeafSetting[] {
  const mark = node.reloadable ?? reloadable;
  if (!isTreeObject(tree)) return [{ path, node, tree, reloadable: mark }];
  const shape = branchFor(node, tree);
  return Object.entries(tree).flatMap(([name, child]) => {
    const below = childNode(shape, name);
    return below === undefined ? [] : leafSettings(child, below, [...path, name], mark);
  });
}
