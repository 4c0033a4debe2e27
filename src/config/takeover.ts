import { isDeepStrictEqual } from 'node:util';
import type { ConfigFault } from '../core/administration.ts';
import type { Topology } from '../core/topology/topology.ts';
import { configFromSettings } from './config.ts';
import { ConfigError } from './config-error.ts';
import { checkAcross } from './cross-checks.ts';
import { type FileContents, fileSettings } from './file-contents.ts';
import type { LoadedConfig } from './load.ts';
import { pathText } from './origins.ts';
import type { Report } from './report.ts';
import { type Settings, settingsSchemaNode } from './schema.ts';
import {
  branchFor,
  childNode,
  isSection,
  isTreeObject,
  leafSettings,
  type SchemaNode,
  type Tree,
  type TreeObject,
} from './schema-node.ts';
import { checkTopologyNames } from './topology-checks.ts';

export interface TakenOver {
  /** What is in force from now on: the new configuration, but keys that need a restart as before. */
  readonly loaded: LoadedConfig;
  /** Settings that changed, and settings that name a file whose content changed. */
  readonly applied: readonly string[];
  /** The same of what waits for a restart. */
  readonly pendingRestart: readonly string[];
}

/**
 * Merges a new configuration into the one in force. Throws a `ConfigError` where the part that can change now does
 * not go together with the part that cannot: nothing is changed then.
 */
export function takeOver(before: LoadedConfig, after: LoadedConfig): TakenOver {
  const changes = new Changes();
  const settings = merge(
    settingsSchemaNode,
    before.settings as unknown as Tree,
    after.settings as unknown as Tree,
    [],
    false,
    changes,
  ) as unknown as Settings;
  const contents = mergeContents(settings, before.reading.contents, after.reading.contents, changes);
  const { topology } = after.config;
  const pendingRestart = [...changes.pendingRestart];
  if (pendingRestart.length > 0) refuseMisfits(settings, topology, after, pendingRestart);
  return {
    loaded: {
      config: configFromSettings(settings, contents, topology),
      settings,
      origins: mergeOrigins(settings, before, after, changes),
      files: after.files,
      reading: { contents, places: after.reading.places },
    },
    applied: [...changes.applied],
    pendingRestart,
  };
}

/** Paths as text, each once, in the order in which they were found. */
class Changes {
  readonly applied = new Set<string>();
  readonly pendingRestart = new Set<string>();

  note(path: readonly string[], takesEffect: boolean): void {
    (takesEffect ? this.applied : this.pendingRestart).add(pathText(path));
  }
}

function merge(
  either: SchemaNode,
  before: Tree | undefined,
  after: Tree | undefined,
  path: readonly string[],
  inherited: boolean,
  changes: Changes,
): Tree | undefined {
  const reloadable = either.reloadable ?? inherited;
  const node = branchFor(either, after);
  if (!isTreeObject(before) || !isTreeObject(after) || !isSection(node)) {
    if (isDeepStrictEqual(before, after)) return after;
    const appearsOrGoes = before === undefined || after === undefined;
    const takesEffect = reloadable && !(appearsOrGoes && either.fixedPresence === true);
    changes.note(path, takesEffect);
    return takesEffect ? after : before;
  }
  const names =
    node.properties === undefined
      ? [...new Set([...Object.keys(before), ...Object.keys(after)])]
      : Object.keys(node.properties);
  const merged: Record<string, Tree> = {};
  for (const name of names) {
    const child = childNode(node, name);
    if (child === undefined) continue;
    const value = merge(child, own(before, name), own(after, name), [...path, name], reloadable, changes);
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/** A free name may be one that every object inherits. */
function own(tree: TreeObject, name: string): Tree | undefined {
  return Object.hasOwn(tree, name) ? tree[name] : undefined;
}

/** Of the files that the merged settings name; a file that changed is a change of the setting that names it. */
function mergeContents(
  settings: Settings,
  before: FileContents,
  after: FileContents,
  changes: Changes,
): FileContents {
  const merged = new Map<string, string>();
  for (const { path, reloadable } of fileSettings(settings)) {
    const name = pathText(path);
    const old = before.get(name);
    const fresh = after.get(name);
    // Where it is undefined, the new file has no such setting and the old one stays until the restart.
    if (fresh !== undefined && old !== fresh) changes.note(path, reloadable);
    const content = reloadable ? (fresh ?? old) : old;
    if (content !== undefined) merged.set(name, content);
  }
  return merged;
}

function mergeOrigins(
  settings: Settings,
  before: LoadedConfig,
  after: LoadedConfig,
  changes: Changes,
): LoadedConfig['origins'] {
  const known = new Map(before.origins.map((origin) => [JSON.stringify(origin.path), origin]));
  return leafSettings(settings as unknown as Tree, settingsSchemaNode).map(({ path, reloadable }) => {
    const kept = path.some((_, index) => changes.pendingRestart.has(pathText(path.slice(0, index + 1))));
    const origin = kept ? known.get(JSON.stringify(path)) : undefined;
    return origin ?? { path, ...after.reading.places.sourceOf(path), reloadable };
  });
}

function refuseMisfits(
  settings: Settings,
  topology: Topology | undefined,
  after: LoadedConfig,
  pendingRestart: readonly string[],
): void {
  const { places } = after.reading;
  const faults: ConfigFault[] = [];
  const report: Report = (path, what, why, nearest) => {
    const because = `${why}; in force until a restart: the former ${pendingRestart.join(', ')}`;
    faults.push({ ...places.valueAt(path), path, what: `${pathText(path)} ${what}`, why: because, nearest });
  };
  checkAcross(settings, places, report);
  if (topology !== undefined) checkTopologyNames(settings, topology, report);
  if (faults.length > 0) throw new ConfigError(faults, after.files);
}
