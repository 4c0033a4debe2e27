import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, reference, writeConfig } from '../../support/config-file.ts';
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts';

const schema = configJsonSchema();
const validator = Compile(schema);

function accepts(yaml: string): boolean {
  return validator.Check(parse(yaml));
}

describe('the schema for editors', () => {
  it('is the file that is shipped', () => {
    expect(JSON.parse(readProjectFile('topology/weir.schema.json'))).toEqual(schema);
  });

  it.each(listProjectFiles('topology', 'weir.yaml'))('accepts %s', (file) => {
    expect([...validator.Errors(parse(readProjectFile(file)))[1]]).toEqual([]);
  });

  it.each([
    ['a section with nothing after it', `${goodConfig}bounds:\n`],
    ['a variable for a number', goodConfig.replace('8080', `'${reference('PORT:-8080')}'`)],
    ['a variable for a list', `${goodConfig}trustedProxies: ${reference('PROXIES:-10.0.0.1')}\n`],
    ['a variable in a list', goodConfig.replace('[read]', `['${reference('OPERATION:-read')}']`)],
    ['a grant of columns', goodConfig.replace('[read]', '{ operations: [read], columns: [title] }')],
    [
      'either form of a setting that has two',
      `${goodConfig}tables: { a.b: { maxKeysPerGroup: unbounded } }\n`,
    ],
    [
      'a limit of each kind',
      `${goodConfig}    limits: { read: { rate: 5 } }\nlimits: { scan: { rate: 0.5 } }\n`,
    ],
    ['a Redis', `${goodConfig}redis: { url: redis://127.0.0.1, fleet: shop }\nworkers: auto\n`],
    ['a key with a default left out', goodConfig.replace(', port: 8080', '')],
  ])('accepts what is accepted: %s', (_, text) => {
    expect(() => loadConfig({ file: writeConfig(text), env: {} })).not.toThrow();
    expect(accepts(text)).toBe(true);
  });

  it.each([
    ['an unknown key', goodConfig.replace('port', 'prot')],
    ['a guard without a target', `${goodConfig}guard: { min: 0.5 }\n`],
    ['a misspelt member of a limit', `${goodConfig}    limits: { read: { rate: 5, brust: 5 } }\n`],
    ['a limit without a rate', `${goodConfig}    limits: { read: { burst: 5 } }\n`],
    ['a Redis that is none', `${goodConfig}redis: { url: http://127.0.0.1 }\n`],
    ['a number out of range', goodConfig.replace('8080', '70000')],
    ['a wrong unit', `${goodConfig}bounds: { timeout: 10 }\n`],
    ['a wrong word', goodConfig.replace('[read]', '[reed]')],
    ['a wrong free name', goodConfig.replace('shop.products', 'products')],
    ['a missing key', goodConfig.replace('    class: frontend\n', '')],
    ['a wrong kind', goodConfig.replace('[read]', 'read')],
  ])('refuses what is refused: %s', (_, text) => {
    expect(() => loadConfig({ file: writeConfig(text), env: {} })).toThrow('weir.yaml');
    expect(accepts(text)).toBe(false);
  });

  it('tells an editor of each value what it means and when a change takes effect', () => {
    const values: Record<string, unknown>[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('description' in node && 'anyOf' in node) values.push(node as Record<string, unknown>);
      for (const child of Object.values(node)) visit(child);
    };
    visit((schema as { properties: unknown }).properties);
    const told = values.filter(({ description }) =>
      /without a restart\.$|Needs a restart\.$/.test(String(description)),
    );
    expect(told.length).toBeGreaterThan(40);
    expect(told.find(({ default: standard }) => standard === 8080)).toBeDefined();
  });

  it('has no word that JSON Schema does not know', () => {
    const known = new Set(
      '$schema $id $ref $defs title description default examples type const enum pattern minLength maxLength minimum maximum exclusiveMinimum minItems maxItems uniqueItems items anyOf properties required patternProperties additionalProperties'.split(
        ' ',
      ),
    );
    const strange: string[] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
      for (const [name, child] of Object.entries(node)) {
        if (!known.has(name)) strange.push(name);
        if (name === 'properties' || name === 'patternProperties' || name === '$defs')
          Object.values(child).forEach(visit);
        else if (name === 'anyOf') child.forEach(visit);
        else if (name === 'items') visit(child);
      }
    };
    visit(schema);
    expect(strange).toEqual([]);
  });
});
