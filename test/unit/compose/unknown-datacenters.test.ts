import { describe, expect, it } from 'vitest';
import { unknownDatacenters } from '../../../src/compose/unknown-datacenters.ts';
import { loadConfigAndSettings } from '../../../src/config/load.ts';
import { writeConfig } from '../../support/config-file.ts';
import { makeState } from '../../support/rings.ts';

const east = { nodes: 3, racks: 3, replicationFactor: 3, datacenter: 'us-east' };
const west = { ...east, datacenter: 'us-west' };
const state = makeState([east, west]);

const reading = (...datacenters: readonly string[]) =>
  loadConfigAndSettings({
    file: writeConfig(`data: { host: 127.0.0.1, port: 8080 }
cassandra: { contactPoints: [127.0.0.11], datacenter: us-east }
auth: trusted
classes: { frontend: { datacenters: [${datacenters.join(', ')}] } }
applications:
  storefront: { class: frontend, tables: { shop.products: [read] } }
`),
    env: {},
  });

const found = (before: readonly string[], after: readonly string[], seen = state) =>
  unknownDatacenters(seen, reading(...before).config, reading(...after));

describe('a reload that brings a datacenter', () => {
  it('is refused where the cluster has none of the name, with the place and the nearest name', () => {
    expect(found(['us-east'], ['us-east', 'us-wets'])).toMatchObject([
      { line: 4, what: expect.stringContaining('classes.frontend.datacenters.1'), nearest: 'us-west' },
    ]);
  });

  it.each([
    ['one of the cluster', ['us-east'], ['us-west']],
    ['one that was there before, and may have to be built yet', ['us-new'], ['us-new', 'us-east']],
  ])('is taken with %s', (_why, before, after) => {
    expect(found(before, after)).toEqual([]);
  });

  it('is taken before the cluster is known', () => {
    expect(found(['us-east'], ['us-wets'], { nodes: [], keyspaces: new Map() })).toEqual([]);
  });
});
