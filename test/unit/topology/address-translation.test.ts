import { describe, expect, it, test } from 'vitest';
import { createAddressTranslation } from '../../../src/core/topology/address-translation.ts';
import { topologyOf } from './topologies.ts';

const topology = topologyOf(`
54.0.0.1=us-east-1-frontend:us-east-1a:10.0.0.1
54.0.0.2=us-east-1-backend:us-east-1b:10.0.0.2
54.0.0.3=us-west-2-frontend:us-west-2a:10.0.0.3
[2001:db8::4]=eu-west-1-frontend:eu-west-1a:[fd00::4]
54.0.0.5=cellar:rack-1:10.0.0.5
54.0.0.6=cellar:rack-2:10.0.0.6`);

describe('address translation', () => {
  const translate = createAddressTranslation(topology, 'us-east-1-frontend');

  test.each([
    ['10.0.0.1', '10.0.0.1', 'the own datacenter: private'],
    ['54.0.0.1', '10.0.0.1', 'the own datacenter, announced by its public address'],
    ['54.0.0.2', '10.0.0.2', 'another datacenter of the region: private'],
    ['54.0.0.3', '54.0.0.3', 'another region: public'],
    ['10.0.0.3', '54.0.0.3', 'another region, announced by its private address'],
    ['fd00:0::4', '2001:db8::4', 'another spelling of the announced address'],
    ['::ffff:10.0.0.3', '54.0.0.3', 'IPv4 as an IPv6 socket shows it'],
    ['10.9.9.9', '10.9.9.9', 'a node that the file does not name'],
    ['node.example', 'node.example', 'no address at all'],
  ])('leads from %s to %s: %s', (announced, reached) => {
    expect(translate(announced)).toBe(reached);
  });

  it('is private within a datacenter whose racks tell no region', () => {
    const inCellar = createAddressTranslation(topology, 'cellar');
    expect(['54.0.0.5', '54.0.0.6', '54.0.0.1', '10.0.0.1'].map(inCellar)).toEqual([
      '10.0.0.5',
      '10.0.0.6',
      '54.0.0.1',
      '54.0.0.1',
    ]);
  });

  it('changes nothing for an instance that stands where the file knows no node', () => {
    const fromNowhere = createAddressTranslation(topology, 'nowhere');
    expect(['10.0.0.1', '54.0.0.3'].map(fromNowhere)).toEqual(['10.0.0.1', '54.0.0.3']);
  });
});
