import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { settingsSchemaNode } from '../../../src/config/schema.ts';
import { childNode, entriesOf, isSection, type SchemaNode } from '../../../src/config/schema-node.ts';

function everySetting(node: SchemaNode, path: string): [path: string, node: SchemaNode][] {
  const names = Object.keys(node.properties ?? {});
  const entries = entriesOf(node);
  const below = [
    ...names.map((name): [string, SchemaNode | undefined] => [name, childNode(node, name)]),
    ...(entries === undefined ? [] : [['*', entries.entry] as [string, SchemaNode]]),
    ...(node.items === undefined ? [] : [['0', node.items] as [string, SchemaNode]]),
    // Branches that hold no further settings are described and bounded by the setting around them.
    ...(node.anyOf ?? [])
      .filter((branch) => branch.items !== undefined || isSection(branch))
      .map((branch, index): [string, SchemaNode] => [`or${index}`, branch]),
  ];
  return [
    [path, node],
    ...below.flatMap(([name, child]) => (child === undefined ? [] : everySetting(child, `${path}.${name}`))),
  ];
}

/** A mark holds for everything below; a setting is what has nothing below it. */
function settingsWithoutMark(node: SchemaNode, path: string, inherited: boolean | undefined): string[] {
  const mark = node.reloadable ?? inherited;
  if (!isSection(node)) return mark === undefined ? [path] : [];
  const entries = entriesOf(node);
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
      settingsWithoutMark(child, `${path}.${name}`, mark),
    ),
    ...(entries === undefined ? [] : settingsWithoutMark(entries.entry, `${path}.*`, mark)),
  ];
}

const settings = everySetting(settingsSchemaNode, 'root');

describe('the schema', () => {
  it('was walked: it has sections, free names and lists', () => {
    const paths = settings.map(([path]) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'root.data.port',
        'root.applications.*.tables.*.or0.0',
        'root.applications.*.tables.*.or1.columns.0',
        'root.tables.*.consistency.allowed.0',
      ]),
    );
  });

  it('describes every setting', () => {
    const silent = settings.filter(([, node]) => (node.description ?? '').length < 8);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('says of each setting whether a change takes effect without a restart', () => {
    const unmarked = settingsWithoutMark(settingsSchemaNode, 'root', undefined);
    expect(unmarked).toEqual([]);
    expect(settingsWithoutMark({ properties: { key: {} } }, 'root', undefined)).toEqual(['root.key']);
  });

  it('refuses unknown names in every mapping', () => {
    const mappings = settings.filter(([, node]) => node.type === 'object');
    expect(mappings.length).toBeGreaterThan(8);
    const open = mappings.filter(
      ([, node]) => (node as { additionalProperties?: boolean }).additionalProperties !== false,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('bounds every text, number and list', () => {
    const unbounded = settings.filter(([, node]) => {
      const { maxLength, pattern, maxItems, uniqueItems } = node as Record<string, unknown>;
      if (node.type === 'integer') return node.minimum === undefined || node.maximum === undefined;
      if (node.type === 'string') return maxLength === undefined && pattern === undefined && !node.enum;
      if (node.type === 'array') return maxItems === undefined && uniqueItems !== true;
      return false;
    });
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  it('has no default that it would refuse', () => {
    const wrong = settings.filter(
      ([, node]) => node.default !== undefined && node.properties === undefined && !Check(node, node.default),
    );
    expect(wrong.map(([path]) => path)).toEqual([]);
  });
});
