import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { checkContactSettings, clientOptions } from '../../../src/adapters/cassandra/client-settings.ts';

const settings = { contactPoints: ['node.example'], datacenters: ['one'] };

describe('settings of the driver', () => {
  it.each([
    [{ ...settings, contactPoints: [] }, /^contactPoints: .*got none$/],
    [{ ...settings, datacenters: [] }, /^datacenters: .*got none$/],
    [
      { ...settings, contactPoints: ['node.example:70000'] },
      /^contactPoints: a port .*got node\.example:70000$/,
    ],
    [{ ...settings, connectionsPerNode: 0 }, /^connectionsPerNode: .*got 0$/],
  ])('are refused with the setting, the rule and the value: %#', (wrong, message) => {
    expect(() => checkContactSettings(wrong)).toThrow(message);
  });

  it.each([
    ['node.example', 9042],
    ['node.example:9142', 9142],
    ['[2001:db8::1]:9142', 9142],
    ['2001:db8::1', 9042],
  ])('take the port of the peers from the contact point %s', (contactPoint, port) => {
    const options = clientOptions({ ...settings, contactPoints: [contactPoint] });
    expect(options.protocolOptions?.port).toBe(port);
  });

  it('speak TLS only when told to, and verify certificates unless told otherwise', () => {
    expect(clientOptions({ ...settings, tls: { verify: true } }).sslOptions?.rejectUnauthorized).toBe(true);
    expect(clientOptions({ ...settings, tls: { verify: false } }).sslOptions?.rejectUnauthorized).toBe(false);
    expect(clientOptions(settings).sslOptions).toBeUndefined();
  });

  it('lead to the translated address of a node, at the port of the cluster', () => {
    const translate = (address: string): string => (address === '54.0.0.1' ? '10.0.0.1' : address);
    const { policies } = clientOptions({ ...settings, translate });
    const reached: string[] = [];
    for (const announced of ['54.0.0.1', '54.0.0.2', '2001:db8::1']) {
      policies?.addressResolution?.translate(announced, 9042, (endpoint: string) => reached.push(endpoint));
    }
    expect(reached).toEqual(['10.0.0.1:9042', '54.0.0.2:9042', '2001:db8::1:9042']);
    // The driver takes nothing else for a policy; it checks when the client is made.
    expect(() => new cassandra.Client(clientOptions({ ...settings, translate }))).not.toThrow();
  });

  it('never page, and leave the check of the datacenter to Weir', () => {
    const options = clientOptions(settings);
    expect(options.queryOptions?.fetchSize).toBe(0);
    expect(options.localDataCenter).toBeUndefined();
  });
});
