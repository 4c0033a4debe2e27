import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkConfigText } from '../../../src/config/load.ts';
import { fencedBlocks } from '../../support/markdown.ts';
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts';

type Section = Readonly<Record<string, unknown>>;

/** What the fragments of the guides leave out. */
const rest = {
  cassandra: {
    embedded: {
      datacenters: { 'us-east-1-frontend': 3, 'us-west-2-frontend': 3, 'us-east-1-backend': 2 },
      seedRows: 10,
    },
  },
  applications: { storefront: { class: 'frontend', keyHashes: [], tables: { 'shop.products': ['read'] } } },
};

const fragments = listProjectFiles('docs/guides', '.md').flatMap((page) =>
  fencedBlocks(readProjectFile(page))
    .filter(({ language }) => language === 'yaml')
    .map(({ text }) => ({ page, settings: parse(text) as Section }))
    // The other files that the guides speak of are not Weir's.
    .filter(({ settings }) => !Object.hasOwn(settings, 'containers')),
);

describe('the settings in the guides', () => {
  it('are seen by this test', () => {
    expect(fragments.length).toBeGreaterThan(3);
  });

  it.each(fragments)('of $page are right: $settings', ({ settings }) => {
    const cassandra = settings['cassandra'] as Section | undefined;
    const isContacted = cassandra !== undefined && Object.hasOwn(cassandra, 'contactPoints');
    const whole = {
      ...rest,
      ...settings,
      cassandra: isContacted ? cassandra : { ...rest.cassandra, ...cassandra },
    };
    const faults = checkConfigText({ yaml: stringify(whole), file: 'weir.yaml', env: {} });
    // Certificates and passwords are the reader's own.
    expect(faults.filter(({ why }) => why !== 'there is no such file')).toEqual([]);
  });
});
