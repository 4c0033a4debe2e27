import { settingsSchemaNode } from '../../../src/config/schema.ts';
import { entriesOf, isSection, type SchemaNode, type Tree } from '../../../src/config/schema-node.ts';
import { code, formatTable } from '../markdown.ts';

interface Setting {
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
  /** Whether a change takes effect without a restart. */
  readonly reloadable: boolean | undefined;
}

/** Every key of the configuration, sections included, in the order of the schema; `change`: when a new value takes effect. */
export function settingsTable(): string {
  const rows = settingsBelow(settingsSchemaNode, '', undefined).map(
    ({ path, node, required, reloadable }) => [
      code(path),
      formOf(node),
      defaultOf(node, required),
      isSection(node) ? '' : reloadable ? 'at once' : 'restart',
      meaningOf(node),
    ],
  );
  return formatTable(['key', 'form', 'default', 'change', 'meaning'], rows);
}

/** The bounds of requests with their defaults, for the page of the data port. */
export function boundsTable(): string {
  const bounds = settingsSchemaNode.properties?.['bounds'];
  const rows = settingsBelow(bounds ?? {}, 'bounds', undefined).map(({ path, node }) => [
    node.description ?? '',
    defaultOf(node, false),
    code(path),
  ]);
  return formatTable(['bound', 'default', 'setting'], rows);
}

function settingsBelow(node: SchemaNode, path: string, inherited: boolean | undefined): Setting[] {
  const prefix = path === '' ? '' : `${path}.`;
  const mark = node.reloadable ?? inherited;
  const settings = Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
    {
      path: prefix + name,
      node: child,
      required: node.required?.includes(name) === true,
      reloadable: child.reloadable ?? mark,
    },
    // Told once, where they stand first.
    ...(child.like === undefined ? settingsBelow(child, prefix + name, mark) : []),
  ]);
  const branch = node.anyOf?.find(isSection);
  if (branch !== undefined) return settingsBelow(branch, path, mark);
  const entry = entriesOf(node)?.entry;
  if (entry === undefined) return settings;
  const entryPath = `${prefix}<${placeholderOf(node)}>`;
  return [
    ...settings,
    { path: entryPath, node: entry, required: false, reloadable: entry.reloadable ?? mark },
    ...settingsBelow(entry, entryPath, mark),
  ];
}

/** `expects` is a word to be written down, such as keyspace.table, or a description of a name. */
function placeholderOf(node: SchemaNode): string {
  return node.expects !== undefined && !node.expects.includes(' ') ? node.expects : 'name';
}

function meaningOf({ description = '', like }: SchemaNode): string {
  return like === undefined ? description : `${description}; keys as below ${code(like)}`;
}

/** What a right value looks like, in words. */
function formOf(node: SchemaNode): string {
  if (node.properties !== undefined) return 'section';
  if (node.patternProperties !== undefined) return `entries by name: ${node.expects ?? 'text'}`;
  if (node.items !== undefined) return `${node.expects ?? 'a list'}; each: ${formOf(node.items)}`;
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  if (node.expects !== undefined) return node.expects;
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`;
  throw new Error(`the form of a setting cannot be told: ${node.description}`);
}

function defaultOf(node: SchemaNode, required: boolean): string {
  if (node.properties !== undefined) return required && node.default === undefined ? 'required' : '';
  if (node.default !== undefined) return code(textOf(node.default));
  return required ? 'required' : 'none';
}

function textOf(tree: Tree): string {
  if (Array.isArray(tree)) return `[${tree.map((item: Tree) => textOf(item)).join(', ')}]`;
  return String(tree);
}
