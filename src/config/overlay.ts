import type { Place } from './config-error.ts';
import type { Environment } from './environment.ts';
import { nearestName } from './nearest-name.ts';
import { type Origins, pathText } from './origins.ts';
import {
  branchFor,
  entriesOf,
  isSection,
  isTreeObject,
  type SchemaNode,
  type Tree,
  type TreeObject,
  treeFromText,
} from './schema-node.ts';

const prefix = 'WEIR_';
/** What the command line reads for itself, and is no setting. */
const ofTheCommandLine: ReadonlySet<string> = new Set([
  'WEIR_CONFIG',
  'WEIR_CREDENTIAL',
  'WEIR_ADMIN_KEY',
  'WEIR_COMMAND',
]);

/**
 * Lays variables such as `WEIR_DATA__PORT=9090` over the file. Names are compared without case and
 * punctuation (`WEIR_TABLES__SHOP_PRODUCTS__GROUPING`); entries with free names can be changed, not added.
 *
 * A variable without `__` that is near no key is left alone: other tools have variables of their own. So is what
 * Kubernetes sets for every service that is called weir or weir-something.
 */
export function applyVariables(
  tree: TreeObject,
  schema: SchemaNode,
  environment: Environment,
  origins: Origins,
): void {
  for (const variable of Object.keys(environment).sort()) {
    const text = environment[variable];
    if (!variable.startsWith(prefix) || text === undefined || ofTheCommandLine.has(variable)) continue;
    const segments = variable.slice(prefix.length).split('__');
    const isOthers = isOfKubernetes(variable, text) || !isNearRootKey(segments[0] ?? '', schema);
    if (segments.length === 1 && isOthers) continue;
    applyText(tree, schema, segments, text, origins, {
      file: `environment variable ${variable}`,
      source: 'environment',
    });
  }
}

/** Lays flags such as `data.port=9090` over file and environment; a flag without `=` is reported. */
export function applyFlags(
  tree: TreeObject,
  schema: SchemaNode,
  flags: readonly string[],
  origins: Origins,
): void {
  for (const flag of flags) {
    const end = flag.indexOf('=');
    if (end < 1) {
      origins.report(
        { file: 'flag --set' },
        [],
        'this is not PATH=VALUE',
        'for example --set data.port=9090',
      );
      continue;
    }
    const name = flag.slice(0, end);
    applyText(tree, schema, name.split('.'), flag.slice(end + 1), origins, {
      file: `flag --set ${name}`,
      source: 'flag',
    });
  }
}

/** `WEIR_ADMIN_SERVICE_HOST`, `WEIR_ADMIN_PORT=tcp://10.0.0.1:8081`, `WEIR_ADMIN_PORT_8081_TCP_ADDR`: where a service is. */
function isOfKubernetes(variable: string, text: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(variable) ||
    (variable.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text))
  );
}

function isNearRootKey(segment: string, schema: SchemaNode): boolean {
  const known = Object.keys(schema.properties ?? {});
  return matching(segment, known) !== undefined || nearestName(segment, known) !== undefined;
}

function applyText(
  root: TreeObject,
  schema: SchemaNode,
  segments: readonly string[],
  text: string,
  origins: Origins,
  { file, source }: { readonly file: string; readonly source: 'environment' | 'flag' },
): void {
  const place: Place = { file };
  let object = root;
  let node = schema;
  const path: string[] = [];
  for (let index = 0; index < segments.length; ) {
    const step = stepInto(object, node, path, segments.slice(index));
    if ('fault' in step) {
      origins.report(place, path, step.fault, step.why, step.nearest);
      return;
    }
    path.push(step.name);
    index += step.taken;
    if (index === segments.length) {
      object[step.name] = treeFromText(step.node, text);
      origins.replace(path, place, source);
      return;
    }
    const inner: Tree | undefined = object[step.name] ?? {};
    // A wrong value in the file is left for the check to report, with its place.
    if (isSection(step.node) && !isTreeObject(inner)) return;
    if (isSection(step.node)) object[step.name] = inner;
    object = isTreeObject(inner) ? inner : {};
    node = branchFor(step.node, inner);
  }
}

type Step =
  | { readonly name: string; readonly node: SchemaNode; readonly taken: number }
  | { readonly fault: string; readonly why: string; readonly nearest?: string | undefined };

function stepInto(
  object: TreeObject,
  node: SchemaNode,
  path: readonly string[],
  segments: readonly string[],
): Step {
  const segment = segments[0] ?? '';
  const entries = entriesOf(node);
  if (entries !== undefined) {
    const names = Object.keys(object);
    // A free name may itself hold the separator: `tables.shop.products` is one entry of `tables`.
    for (let taken = 1; taken <= segments.length; taken++) {
      const name = matching(segments.slice(0, taken).join(''), names);
      if (name !== undefined) return { name, node: entries.entry, taken };
    }
    const nearest = nearestName(segment, names);
    return {
      fault: `${pathText(path)} has no entry ${segment}`,
      why: 'entries can be changed here, but only the file can add one',
      nearest,
    };
  }

  const known = Object.keys(node.properties ?? {});
  const name = matching(segment, known);
  const child = name === undefined ? undefined : node.properties?.[name];
  if (name !== undefined && child !== undefined) return { name, node: child, taken: 1 };
  const why = known.length === 0 ? 'there is nothing below it' : `known are ${known.join(', ')}`;
  return { fault: `there is no ${segment} in ${pathText(path)}`, why, nearest: nearestName(segment, known) };
}

/** The only name equal to the segment but for case and punctuation. */
function matching(segment: string, names: readonly string[]): string | undefined {
  const wanted = plain(segment);
  const found = names.filter((name) => plain(name) === wanted);
  return found.length === 1 ? found[0] : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
