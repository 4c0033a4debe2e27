import { describe, expect, it, test } from 'vitest';
import {
  distanceBetween,
  orderByDistance,
  regionOfRack,
  regionsOf,
} from '../../../src/core/topology/distance.ts';
import { topologyOf } from './topologies.ts';

const topology = topologyOf(`
54.0.0.1=us-east-1-frontend:us-east-1a:10.0.0.1
54.0.0.2=us-east-1-frontend:us-east-1e:10.0.0.2
54.0.0.3=us-east-1-backend:us-east-1b:10.0.0.3
54.0.0.4=us-west-2-frontend:us-west-2a:10.0.0.4
54.0.0.5=wide:eu-west-1a:10.0.0.5
54.0.0.6=wide:us-west-2c:10.0.0.6
54.0.0.7=cellar:rack-1:10.0.0.7
54.0.0.8=attic:rack-1:10.0.0.8`);

describe('the region of a rack', () => {
  test.each<[string, string | undefined, string]>([
    ['us-east-1e', 'us-east-1', 'a letter for the zone'],
    ['ap-southeast-2a', 'ap-southeast-2', 'the same elsewhere'],
    ['us-gov-west-1b', 'us-gov-west-1', 'a region of four words'],
    ['us-west-2-lax-1a', 'us-west-2', 'a local zone belongs to its region'],
    ['us-central1-a', 'us-central1', 'a letter behind a hyphen'],
    ['northamerica-northeast1-c', 'northamerica-northeast1', 'the same elsewhere'],
    ['rack-1', undefined, 'no zone'],
    ['1e', undefined, 'a zone without its region'],
    ['us-east-1', undefined, 'a region and no zone'],
    ['us-east-1ee', undefined, 'two letters'],
    ['', undefined, 'nothing'],
  ])('%j is in %s: %s', (rack, region) => {
    expect(regionOfRack(rack)).toBe(region);
  });
});

describe('the regions of a datacenter', () => {
  test.each([
    ['us-east-1-frontend', ['us-east-1'], 'racks of one region'],
    ['wide', ['eu-west-1', 'us-west-2'], 'racks of several'],
    ['cellar', ['cellar'], 'racks that tell none: it is a region of its own'],
    ['nowhere', [], 'a datacenter that the file does not name'],
  ])('%s: %j, %s', (datacenter, regions) => {
    expect(regionsOf(topology, datacenter)).toEqual(regions);
  });
});

describe('the distance between datacenters', () => {
  test.each([
    ['us-east-1-frontend', 'us-east-1-frontend', 'own', 'itself'],
    ['us-east-1-frontend', 'us-east-1-backend', 'same-region', 'the same region'],
    ['us-east-1-frontend', 'us-west-2-frontend', 'other-region', 'another region'],
    ['us-west-2-frontend', 'wide', 'same-region', 'a region in common is enough'],
    ['cellar', 'attic', 'other-region', 'racks of one name tell nothing'],
    ['us-east-1-frontend', 'nowhere', 'other-region', 'unknown is far'],
    ['nowhere', 'nowhere', 'own', 'unknown, and yet itself'],
  ])('from %s to %s is %s: %s', (from, to, distance) => {
    expect(distanceBetween(topology, from, to)).toBe(distance);
  });

  it('orders datacenters, the nearest first', () => {
    const written = ['us-west-2-frontend', 'us-east-1-backend', 'us-east-1-frontend'];
    expect(orderByDistance(topology, 'us-east-1-frontend', written)).toEqual(written.toReversed());
  });

  it('leaves those at the same distance as they were written', () => {
    const written = ['wide', 'nowhere', 'us-west-2-frontend', 'cellar'];
    expect(orderByDistance(topology, 'us-east-1-frontend', written)).toEqual(written);
  });

  it('changes with the file: what was far comes first when it is near', () => {
    const moved = topologyOf(`
54.0.0.1=home:us-east-1a:10.0.0.1
54.0.0.2=first:us-west-2a:10.0.0.2
54.0.0.3=second:us-east-1b:10.0.0.3`);
    expect(orderByDistance(topology, 'home', ['first', 'second'])).toEqual(['first', 'second']);
    expect(orderByDistance(moved, 'home', ['first', 'second'])).toEqual(['second', 'first']);
  });
});
