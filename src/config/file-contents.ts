import { dirname, resolve } from 'node:path';
import { type Origins, pathText } from './origins.ts';
import { type Settings, settingsSchemaNode } from './schema.ts';
import { type LeafSetting, leafSettings, type Tree } from './schema-node.ts';
import { readTextFile } from './text-file.ts';

/** What the files held that the settings name, by setting: `data.tls.keyFile`. May be secret. */
export type FileContents = ReadonlyMap<string, string>;

/** Every setting that names a file, in the order of the settings; each file of a list is one, by its number. */
export function fileSettings(settings: Settings): LeafSetting[] {
  return leafSettings(settings as unknown as Tree, settingsSchemaNode)
    .flatMap(eachOfList)
    .filter(({ node, tree }) => node.fileBytes !== undefined && typeof tree === 'string');
}

function eachOfList(leaf: LeafSetting): readonly LeafSetting[] {
  const { node, tree, path, reloadable } = leaf;
  const { items } = node;
  if (items === undefined || !Array.isArray(tree)) return [leaf];
  return tree.map((item: Tree, index) => ({
    path: [...path, String(index)],
    node: items,
    tree: item,
    reloadable,
  }));
}

/** Reads every file that the settings name. A fault goes to the place where the file is named. */
export function readNamedFiles(
  settings: Settings,
  configFile: string,
  origins: Origins,
): { readonly contents: FileContents; readonly files: readonly string[] } {
  const contents = new Map<string, string>();
  const files: string[] = [];
  for (const { path, node, tree } of fileSettings(settings)) {
    const file = resolve(dirname(configFile), String(tree));
    files.push(file);
    const { text, fault } = readTextFile(file, node.fileBytes ?? 0);
    // Most editors end the last line; that end is no part of a password.
    const content = text.replace(/\r?\n$/, '');
    const report = (what: string, why: string) =>
      origins.report(origins.valueAt(path), path, `${pathText(path)} ${what}`, why);
    if (fault !== undefined) report('cannot be read', fault);
    else if (content === '') report('is empty', 'it names a file that holds nothing');
    else contents.set(pathText(path), content);
  }
  return { contents, files };
}
