import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Place } from './config-error.ts';
import type { Environment } from './environment.ts';
import { Origins } from './origins.ts';
import { childNode, type SchemaNode, type Tree, type TreeObject, treeFromText } from './schema-node.ts';

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const origins = new Origins({ file, line: 1, column: 1 });
  for (const fault of [...document.errors, ...document.warnings]) {
    origins.report(placeOf(fault.pos[0]), [], 'this is not valid YAML', withoutQuotes(fault.message));
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
  const tree = new TreeReader(document, placeOf, environment, origins).read(root, [], schema);
  return { tree: tree as TreeObject, origins };
}

class TreeReader {
  readonly #document: Document;
  readonly #placeOf: (offset: number) => Place;
  readonly #environment: Environment;
  readonly #origins: Origins;
  #settings = 0;

  constructor(
    document: Document,
    placeOf: (offset: number) => Place,
    environment: Environment,
    origins: Origins,
  ) {
    this.#document = document;
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
    if (isAlias(node)) return this.read(node.resolve(this.#document), path, schema);
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
      this.#origins.set(childPath, keyPlace, this.#startOf(value) ?? keyPlace);
      object[name] = this.read(value, childPath, childNode(schema, name));
    }
    return object;
  }

  #readText(text: string, path: readonly string[], schema: SchemaNode | undefined): Tree {
    const { replaced, fault } = interpolate(text, this.#environment);
    if (fault !== undefined) {
      const why = `a variable of the environment stands as ${reference}, the characters themselves as $$${'{'}`;
      this.#origins.report(this.#origins.valueAt(path), path, fault, why);
    }
    return replaced === text ? text : treeFromText(schema, replaced);
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

/** How a variable is written, for people. */
const reference = `$${'{NAME}'}`;

function interpolate(text: string, environment: Environment): { replaced: string; fault?: string } {
  let fault: string | undefined;
  const replaced = text.replaceAll(
    /\$(\$?)\{([^}]*)(\}?)/g,
    (whole, escaped: string, name: string, end: string) => {
      if (escaped !== '') return whole.slice(1);
      const value = end === '' ? undefined : environment[name];
      if (end === '' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        fault ??= `this is not of the form ${reference}`;
      } else if (value === undefined) {
        fault ??= `the variable ${name} is not set`;
      }
      return value ?? whole;
    },
  );
  return fault === undefined ? { replaced } : { replaced, fault };
}

/** The parser's own words, without what quotes the file: that may be a secret. */
function withoutQuotes(message: string): string {
  return (message.split('\n')[0] ?? '').replaceAll(/(["'`]).*\1/g, '…').slice(0, 120);
}
