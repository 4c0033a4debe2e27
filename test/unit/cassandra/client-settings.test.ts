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

  it('verify certificates unless told otherwise', () => {
    expect(clientOptions({ ...settings, tls: {} }).sslOptions).toEqual({ rejectUnauthorized: true });
    expect(clientOptions({ ...settings, tls: { rejectUnauthorized: false } }).sslOptions).toEqual({
      rejectUnauthorized: false,
    });
    expect(clientOptions(settings).sslOptions).toBeUndefined();
  });

  it('never page, and leave the check of the datacenter to Weir', () => {
    const options = clientOptions(settings);
    expect(options.queryOptions?.fetchSize).toBe(0);
    expect(options.localDataCenter).toBeUndefined();
  });
});
