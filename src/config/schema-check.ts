import { Check } from 'typebox/value';
import { nearestName } from './nearest-name.ts';
import { type Origins, pathText } from './origins.ts';
import {
  branchFor,
  childNode,
  entriesOf,
  isSection,
  isTreeObject,
  type SchemaNode,
  type Tree,
  type TreeObject,
} from './schema-node.ts';

/**
 * Fills in the defaults and reports every fault against the schema: unknown keys with the nearest known
 * one, missing keys, wrong values. Returns the completed settings, which are of
 * the schema's type when nothing was reported.
 */
export function checkAgainstSchema(tree: TreeObject, schema: SchemaNode, origins: Origins): Tree {
  return check(tree, schema, [], origins);
}

function check(tree: Tree, either: SchemaNode, path: readonly string[], origins: Origins): Tree {
  const node = branchFor(either, tree);
  if (isSection(node)) {
    // `data:` with nothing after it means the same as no `data` at all.
    const object = tree === null && node.default !== undefined ? node.default : tree;
    if (!isTreeObject(object)) {
      return refuse(tree, path, 'a mapping of names to values', node, origins);
    }
    const entries = entriesOf(node);
    return entries === undefined
      ? checkSection(object, node, path, origins)
      : checkEntries(object, node, entries, path, origins);
  }
  if (node.items !== undefined && Array.isArray(tree)) {
    const before = origins.issues.length;
    const items = node.items;
    tree.forEach((item: Tree, index) => {
      check(item, items, [...path, String(index)], origins);
    });
    if (origins.issues.length > before) return tree;
  }
  return Check(node, tree) ? tree : refuse(tree, path, expected(node), node, origins);
}

function checkSection(object: TreeObject, node: SchemaNode, path: readonly string[], origins: Origins): Tree {
  const properties = node.properties ?? {};
  for (const name of Object.keys(object)) {
    if (Object.hasOwn(properties, name)) continue;
    if (origins.isFull) break;
    const place = origins.nameAt([...path, name]);
    const known = Object.keys(properties);
    const nearest = nearestName(name, known);
    const what = `unknown key ${shown(name)} in ${pathText(path)}`;
    const why = isCutText(name) ? commaNeedsQuotes : `known are ${known.join(', ')}`;
    origins.report(place, [...path, name], what, why, nearest);
  }
  const complete: TreeObject = {};
  for (const [name, child] of Object.entries(properties)) {
    const childPath = [...path, name];
    const isWritten = Object.hasOwn(object, name);
    const value = isWritten ? object[name] : child.default;
    if (!isWritten) origins.markDefault(childPath);
    if (value !== undefined) {
      complete[name] = check(value, child, childPath, origins);
    } else if (node.required?.includes(name)) {
      origins.report(
        origins.nameAt(path),
        childPath,
        `${pathText(childPath)} is missing`,
        child.description ?? '',
      );
    }
  }
  return complete;
}

function checkEntries(
  object: TreeObject,
  node: SchemaNode,
  entries: { pattern: string; entry: SchemaNode },
  path: readonly string[],
  origins: Origins,
): Tree {
  const complete: TreeObject = {};
  const pattern = new RegExp(entries.pattern);
  for (const [name, value] of Object.entries(object)) {
    const childPath = [...path, name];
    if (!pattern.test(name)) {
      const what = `${shown(name)} in ${pathText(path)} must be ${node.expects}`;
      origins.report(origins.nameAt(childPath), childPath, what, node.description ?? '');
      continue;
    }
    complete[name] = check(value, childNode(node, name) ?? entries.entry, childPath, origins);
  }
  return complete;
}

function refuse(tree: Tree, path: readonly string[], form: string, node: SchemaNode, origins: Origins): Tree {
  const nearest = typeof tree === 'string' ? nearestName(tree, node.enum ?? []) : undefined;
  const what = `${pathText(path)} must be ${form}`;
  origins.report(origins.valueAt(path), path, what, node.description ?? '', nearest);
  return tree;
}

/** What a right value looks like, in words. */
function expected(node: SchemaNode): string {
  if (node.expects !== undefined) return node.expects;
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`;
  if (node.type === 'array') return 'a list';
  return 'text';
}

/** `15ms)`, which YAML makes of `{ speculativeRetry: MIN(99p,15ms) }`. */
function isCutText(name: string): boolean {
  return name.endsWith(')') && !name.includes('(');
}

const commaNeedsQuotes =
  'inside brackets and braces a comma ends a value; text with a comma needs quotes there';

/** A name as written, cut where no real name is that long and without control characters. */
function shown(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
