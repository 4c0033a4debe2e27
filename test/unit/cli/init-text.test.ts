import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classesFor, type InitPlan } from '../../../src/cli/init-plan.ts';
import { writeInitText } from '../../../src/cli/init-text.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { writeConfig } from '../../support/config-file.ts';

/** Names that YAML, or a reference to the environment, would take for something else. */
const traps = [
  'yes',
  'null',
  '1e3',
  '0x10',
  'a: b',
  '# a',
  '- a',
  '*a',
  '&a',
  '"a"',
  "it's",
  '{a}',
  '[a]',
  '~',
  'é',
];
const references = [`$${'{HOME}'}`, `a$${'{'}`, `$$${'{x}'}`, '$', '.', '..', '.inf'];
const name = fc.oneof(
  fc.constantFrom(...traps, ...references),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => !text.includes(`$${'{'}`)),
);

function planWith(datacenters: readonly string[], application: string): InitPlan {
  const [datacenter = ''] = datacenters;
  return {
    schemaPath: 'weir.schema.json',
    cassandra: { kind: 'contact-points', contactPoints: ['127.0.0.1', '[::1]:9042'], datacenter },
    classes: classesFor(datacenters, datacenter),
    application: {
      name: application,
      className: classesFor(datacenters, datacenter)[0]?.name ?? '',
      tables: ['null.1'],
    },
    hash: `sha256:${'0a'.repeat(32)}`,
  };
}

describe('the text of a new configuration', () => {
  it('says what was planned, whatever the names', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('storefront', 'true', '1', '1.0', 'a-b'),
        (datacenters, application) => {
          const plan = planWith(datacenters, application);
          const config = loadConfig({ file: writeConfig(writeInitText(plan)), env: {} });
          expect(config.cassandra).toMatchObject({
            contactPoints: ['127.0.0.1', '[::1]:9042'],
            datacenter: datacenters[0],
          });
          const [known] = config.applications;
          expect(known?.application.name).toBe(application);
          expect([...(known?.application.grants.keys() ?? [])]).toEqual(['null.1']);
          expect(known?.application.datacenters).toEqual(plan.classes[0]?.datacenters);
          expect(known?.keyHashes).toEqual(['0a'.repeat(32)]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the classes of datacenters', () => {
  it.each<[string[], string, [string, string[]][], string]>([
    [
      ['a-frontend', 'a-backend'],
      'a-frontend',
      [
        ['frontend', ['a-frontend']],
        ['backend', ['a-backend']],
      ],
      'by name',
    ],
    [['a', 'b', 'c'], 'b', [['frontend', ['b', 'a', 'c']]], 'the own one first, the others as fallbacks'],
    [['x-backend'], 'x-backend', [['backend', ['x-backend']]], 'no front end'],
    [
      ['BackEnd', 'web'],
      'web',
      [
        ['frontend', ['web']],
        ['backend', ['BackEnd']],
      ],
      'in any case',
    ],
  ])('of %j seen from %s are %j: %s', (datacenters, own, classes) => {
    expect(classesFor(datacenters, own).map((entry) => [entry.name, entry.datacenters])).toEqual(classes);
  });
});
