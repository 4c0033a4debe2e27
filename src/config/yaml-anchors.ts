import { type Alias, type Document, isAlias, type Node, visit } from 'yaml';

/** What each alias of a document stands for; an alias that names no anchor is absent. */
export type Anchors = ReadonlyMap<Alias, Node>;

/**
 * All in one walk: an alias of the parser's own looks through the whole document each time that it is resolved, so
 * a file of nothing but aliases would take minutes. An alias stands for the last anchor of its name before it.
 */
export function findAnchors(document: Document): Anchors {
  const byName = new Map<string, Node>();
  const anchors = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const anchored = byName.get(node.source);
        if (anchored !== undefined) anchors.set(node, anchored);
      } else if (node.anchor !== undefined) byName.set(node.anchor, node);
    },
  });
  return anchors;
}
