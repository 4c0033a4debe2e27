import { describe, expect, it } from 'vitest';
import { createGuardedHosts } from '../../../src/compose/guarded-hosts.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';

const load = (text: string) => loadConfig({ file: writeConfig(text), env: {} });
const named = (name: string) => load(goodConfig.replace('port: 8080', `port: 8080, allowedHosts: [${name}]`));

describe('the hosts of a port that believes loopback', () => {
  it('are compared in lower case, however the configuration writes them', () => {
    expect(createGuardedHosts(() => named('Weir.Test'))()).toEqual(new Set(['weir.test']));
  });

  it('are those of the configuration in force, and the same object until it changes', () => {
    let config = named('one.test');
    const hosts = createGuardedHosts(() => config);
    expect(hosts()).toBe(hosts());
    config = named('two.test');
    expect(hosts()).toEqual(new Set(['two.test']));
  });

  it('are not asked for where callers show keys, or where only proxies elsewhere are believed', () => {
    const keys = goodConfig
      .replace('auth: trusted', 'auth: keys')
      .replace('class: frontend', 'class: frontend\n    keyHashes: []');
    const proxied = `${goodConfig.replace('127.0.0.1', '0.0.0.0')}trustedProxies: [10.0.0.0/8]\n`;
    for (const text of [keys, proxied]) {
      const config = load(text);
      expect(createGuardedHosts(() => config)()).toBeUndefined();
    }
  });

  it.each([
    ['::/0', 'all of IPv6'],
    ['127.0.0.0/8', 'loopback of IPv4'],
    ['::ffff:127.0.0.1', 'loopback of IPv4, written as IPv6'],
    ['::ffff:0:0/96', 'all of IPv4, written as IPv6'],
  ])('are asked for where %s is believed: %s', (network) => {
    const config = load(`${goodConfig.replace('127.0.0.1', '0.0.0.0')}trustedProxies: ['${network}']\n`);
    expect(createGuardedHosts(() => config)()).toEqual(new Set());
  });
});
