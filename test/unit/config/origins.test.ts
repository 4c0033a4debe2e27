import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConfigSources, loadConfigAndSettings } from '../../../src/config/load.ts';
import { goodConfig, reference, writeConfig } from '../../support/config-file.ts';

function originsOf(text: string, { env = {}, flags = [] }: Partial<ConfigSources> = {}) {
  const file = writeConfig(text);
  const { origins } = loadConfigAndSettings({ file, env, flags });
  const of = (path: string) => {
    const found = origins.find((origin) => origin.path.join('.') === path);
    return found && { ...found, path: undefined, place: found.place.replace(file, basename(file)) };
  };
  return { origins, of };
}

describe('the origin of a value', () => {
  it.each([
    ['data.port', 'file', 'weir.yaml:1:32', 'where the value begins'],
    ['data.host', 'environment', 'environment variable WEIR_DATA__HOST', 'a variable over the file'],
    ['bounds.keys', 'flag', 'flag --set bounds.keys', 'a flag over the default'],
    ['bounds.rows', 'default', '', 'nobody wrote it'],
    ['admin.keyHashes.viewer', 'default', '', 'in a section that nobody wrote'],
    ['applications.storefront.tables.shop.products', 'file', 'weir.yaml:8:30', 'a list counts as one value'],
  ])('%s: %s %s, %s', (path, source, place) => {
    const { of } = originsOf(goodConfig, { env: { WEIR_DATA__HOST: '::1' }, flags: ['bounds.keys=7'] });
    expect(of(path)).toMatchObject({ source, place });
  });

  it('is the file where the file names the variable', () => {
    const { of } = originsOf(goodConfig.replace('8080', `'${reference('PORT')}'`), { env: { PORT: '9' } });
    expect(of('data.port')).toMatchObject({ source: 'file', place: 'weir.yaml:1:32' });
  });

  it('of a section that a flag replaced is the flag, and the default for what the flag left out', () => {
    const { of } = originsOf(goodConfig, { flags: ['data={host: "::1"}'] });
    expect(of('data.host')).toMatchObject({ source: 'flag', place: 'flag --set data' });
    expect(of('data.port')).toMatchObject({ source: 'default', place: '' });
  });

  it('is told once for each leaf of the settings, in their order, with what a reload does to it', () => {
    const { origins } = originsOf(goodConfig);
    const paths = origins.map(({ path }) => path.join('.'));
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.slice(0, 4)).toEqual(['data.host', 'data.port', 'data.allowedHosts', 'admin.host']);
    expect(paths).toContain('applications.storefront.class');
    const restart = origins.filter(({ reloadable }) => !reloadable).map(({ path }) => path.join('.'));
    expect(restart).toEqual([
      'data.host',
      'data.port',
      'admin.host',
      'admin.port',
      'cassandra.embedded.datacenters.us-east-1-frontend',
      'cassandra.embedded.seedRows',
      'cassandra.embedded.tokensPerNode',
      'cassandra.embedded.racks',
      'cassandra.sickNodes',
      'auth',
      'workers',
      'cache.size',
      'cache.onGap',
      'bounds.bodySize',
      'reload.watch',
    ]);
  });
});
