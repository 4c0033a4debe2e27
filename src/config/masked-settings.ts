import { maskRedisUrl } from './redis-url.ts';
import { type Settings, settingsSchemaNode } from './schema.ts';
import { childNode, isTreeObject, type SchemaNode, type Tree, type TreeObject } from './schema-node.ts';

/** The settings to be shown: of a hash what tells two of them apart, of a URL all but its password, of any other secret nothing. */
export function maskSettings(settings: Settings): TreeObject {
  return mask(settings as unknown as TreeObject, settingsSchemaNode) as TreeObject;
}

function mask(tree: Tree, node: SchemaNode | undefined): Tree {
  if (node?.secret === 'whole') return '…';
  if (node?.secret === 'hash') return typeof tree === 'string' ? `${tree.slice(0, shownLength)}…` : '…';
  if (node?.secret === 'url') return typeof tree === 'string' ? maskRedisUrl(tree) : '…';
  if (isTreeObject(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, child]) => [name, mask(child, childNode(node, name))]),
    );
  }
  if (Array.isArray(tree)) return tree.map((item: Tree, index) => mask(item, childNode(node, String(index))));
  return tree;
}

/** `sha256:` and eight hex digits. */
const shownLength = 15;
