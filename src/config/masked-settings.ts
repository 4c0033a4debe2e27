import { type Settings, settingsSchemaNode } from './schema.ts';
import { childNode, isTreeObject, type SchemaNode, type Tree, type TreeObject } from './schema-node.ts';

/** The settings to be shown: what the schema calls secret is cut to what tells two of them apart. */
export function maskSettings(settings: Settings): TreeObject {
  return mask(settings as unknown as TreeObject, settingsSchemaNode) as TreeObject;
}

function mask(tree: Tree, node: SchemaNode | undefined): Tree {
  if (node?.secret === true) return typeof tree === 'string' ? `${tree.slice(0, shownLength)}…` : '…';
  if (isTreeObject(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, child]) => [name, mask(child, childNode(node, name))]),
    );
  }
  if (Array.isArray(tree)) return tree.map((item: Tree) => mask(item, node?.items));
  return tree;
}

/** `sha256:` and eight hex digits. */
const shownLength = 15;
