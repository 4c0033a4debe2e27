import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { Place } from './config-error.ts';
import type { Environment } from './environment.ts';
import { Origins, pathText } from './origins.ts';
import { referenceRule, resolveReferences } from './references.ts';
import { childNode, type SchemaNode, type Tree, type TreeObject, treeFromText } from './schema-node.ts';
import { type Anchors, findAnchors } from './yaml-anchors.ts';
import { describeYamlFault } from './yaml-faults.ts';

/** Deeper nesting than any schema has; also ends an alias that contains itself. */
const deepest = 16;
/** Aliases multiply: a bound on settings read, not on bytes. */
const mostSettings = 100_000;

/**
 * Reads YAML text into settings, `${NAME}` replaced from the environment, with the place of each.
 * Faults go to the origins' issues; what could be read is returned all the same.
 */
export function readYaml(
  text: string,
  file: string,
  schema: SchemaNode,
  environment: Environment,
): { tree: TreeObject; origins: Origins } {
  const origins = new Origins({ file, line: 1, column: 1 });
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    logLevel: 'error',
    // The parser compares each key with all before it; a file of nothing but keys would take minutes.
    uniqueKeys: false,
  });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  // Of syntax faults only the first counts: what follows it comes from reading on in the wrong place.
  for (const fault of [...document.errors.slice(0, 1), ...document.warnings]) {
    const { at, what, why } = describeYamlFault(text, document, fault);
    origins.report(placeOf(at), [], what, why);
  }
  const root = document.contents;
  if (document.errors.length > 0 || root === null || (isScalar(root) && root.value === null)) {
    return { tree: {}, origins };
  }
  if (!isMap(root)) {
    const why = 'its first level is keys such as data and cassandra';
    origins.report(placeOf(root.range[0]), [], 'the configuration must be a mapping', why);
    return { tree: {}, origins };
  }
  const tree = new TreeReader(findAnchors(document), placeOf, environment, origins).read(root, [], schema);
  return { tree: tree as TreeObject, origins };
}

class TreeReader {
  readonly #anchors: Anchors;
  readonly #placeOf: (offset: number) => Place;
  readonly #environment: Environment;
  readonly #origins: Origins;
  #settings = 0;

  constructor(
    anchors: Anchors,
    placeOf: (offset: number) => Place,
    environment: Environment,
    origins: Origins,
  ) {
    this.#anchors = anchors;
    this.#placeOf = placeOf;
    this.#environment = environment;
    this.#origins = origins;
  }

  read(node: unknown, path: readonly string[], schema: SchemaNode | undefined): Tree {
    this.#settings++;
    if (this.#settings > mostSettings || path.length > deepest) {
      this.#refuseExcess(path);
      return null;
    }
    if (isAlias(node)) {
      const anchored = this.#anchors.get(node);
      if (anchored !== undefined) return this.read(anchored, path, schema);
      const why = 'an alias comes after its anchor, and text that begins with * needs quotes';
      this.#origins.report(this.#origins.valueAt(path), path, 'this alias names no anchor', why);
      return null;
    }
    if (isMap(node)) return this.#readMap(node, path, schema);
    if (isSeq(node))
      return node.items.map((item, index) => this.#readItem(item, [...path, String(index)], schema));
    if (!isScalar(node)) return null;
    if (typeof node.value === 'string') return this.#readText(node.value, path, schema);
    return node.value as Tree;
  }

  #readItem(item: unknown, path: readonly string[], schema: SchemaNode | undefined): Tree {
    const place = this.#startOf(item);
    if (place !== undefined) this.#origins.set(path, place);
    return this.read(item, path, childNode(schema, path.at(-1) ?? ''));
  }

  #readMap(map: YAMLMap, path: readonly string[], schema: SchemaNode | undefined): Tree {
    const object: TreeObject = {};
    for (const { key, value } of map.items) {
      const keyPlace = this.#startOf(key) ?? this.#origins.valueAt(path);
      const name = isScalar(key) ? String(key.value) : undefined;
      // Assigned to a plain object, that one name would become its prototype.
      if (name === undefined || name === '__proto__') {
        this.#origins.report(keyPlace, path, 'this is not a name', 'a key must be plain text');
        continue;
      }
      const childPath = [...path, name];
      if (Object.hasOwn(object, name)) {
        const { line } = this.#origins.nameAt(childPath);
        this.#origins.report(
          keyPlace,
          childPath,
          `${pathText(childPath)} is given twice`,
          `line ${line} has it, too`,
        );
        continue;
      }
      this.#origins.set(childPath, keyPlace, this.#startOf(value) ?? keyPlace);
      object[name] = this.read(value, childPath, childNode(schema, name));
    }
    return object;
  }

  #readText(written: string, path: readonly string[], schema: SchemaNode | undefined): Tree {
    const { text, replaced, usesDefault, fault } = resolveReferences(written, this.#environment);
    if (fault !== undefined) {
      this.#origins.report(this.#origins.valueAt(path), path, fault, referenceRule);
    }
    if (replaced && !usesDefault) this.#origins.markReference(path);
    return replaced ? treeFromText(schema, text) : text;
  }

  #refuseExcess(path: readonly string[]): void {
    const place = this.#origins.valueAt(path);
    if (this.#settings === mostSettings + 1) {
      this.#origins.report(place, path, 'there are too many settings', `at most ${mostSettings} are read`);
    } else if (this.#settings <= mostSettings) {
      this.#origins.report(place, path, 'this is nested too deeply', `at most ${deepest} levels are read`);
    }
  }

  #startOf(node: unknown): Place | undefined {
    const range = (node as Node | null)?.range;
    return range ? this.#placeOf(range[0]) : undefined;
  }
}
