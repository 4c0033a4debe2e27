import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { cassandraYaml, logbackXml, rackProperties } from '../../../topology/launcher/cassandra-files.ts';
import { defaultSpec, planNode } from '../../../topology/launcher/cluster-spec.ts';

const node = planNode(defaultSpec, 3, 'us-east-1-frontend', 'us-east-1c');
const seeds = ['127.0.0.11', '127.0.0.12'];
const yaml = (change: Partial<Parameters<typeof cassandraYaml>[0]> = {}) =>
  parse(cassandraYaml({ spec: defaultSpec, node, seeds, bootstrap: false, ...change }));

describe('cassandraYaml', () => {
  it('gives the node its own address for peers and drivers', () => {
    expect(yaml()).toMatchObject({
      listen_address: '127.0.0.13',
      rpc_address: '127.0.0.13',
      native_transport_port: 9042,
    });
  });

  it('lists the seeds as Cassandra reads them', () => {
    expect(yaml().seed_provider[0].parameters).toEqual([{ seeds: '127.0.0.11,127.0.0.12' }]);
  });

  it('has a snitch that knows racks, since under a simple one replicas read from each other', () => {
    expect(yaml().endpoint_snitch).toBe('GossipingPropertyFileSnitch');
  });

  test.each([true, false])('passes on that a node bootstraps: %s', (bootstrap) => {
    expect(yaml({ bootstrap }).auto_bootstrap).toBe(bootstrap);
  });

  test.each([true, false])('passes on the dynamic snitch: %s', (dynamicSnitch) => {
    expect(yaml({ spec: { ...defaultSpec, dynamicSnitch } }).dynamic_snitch).toBe(dynamicSnitch);
  });

  it('lets drivers in without a password, and in the clear, unless told otherwise', () => {
    expect(yaml()).not.toHaveProperty('authenticator');
    expect(yaml()).not.toHaveProperty('client_encryption_options');
  });

  it('asks drivers for a password', () => {
    expect(yaml({ spec: { ...defaultSpec, password: true } }).authenticator).toBe('PasswordAuthenticator');
  });

  it('has drivers speak TLS, and nothing else', () => {
    const certificate = { keyPath: '/x/node.pem', caPath: '/x/ca.pem' };
    expect(yaml({ certificate }).client_encryption_options).toMatchObject({
      enabled: true,
      optional: false,
      keystore: '/x/node.pem',
      truststore: '/x/ca.pem',
    });
  });

  it('announces the own address, or one of another network', () => {
    expect(yaml()).not.toHaveProperty('broadcast_rpc_address');
    const spec = { ...defaultSpec, announces: '203.0.113' };
    expect(yaml({ spec }).broadcast_rpc_address).toBe('203.0.113.13');
  });

  it('quotes a name that YAML would read as something else', () => {
    expect(yaml({ spec: { ...defaultSpec, name: '1e3' } }).cluster_name).toBe('1e3');
  });
});

describe('rackProperties', () => {
  it('names the datacenter and the rack', () => {
    expect(rackProperties(node)).toBe('dc=us-east-1-frontend\nrack=us-east-1c\n');
  });
});

describe('logbackXml', () => {
  it('bounds the log', () => {
    expect(logbackXml('/x/system.log')).toMatch(/<maxFileSize>10MB</);
    expect(logbackXml('/x/system.log')).toMatch(/<maxIndex>1</);
  });
});
