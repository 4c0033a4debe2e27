import { describe, expect, it } from 'vitest';
import { loadConfig, loadConfigAndSettings } from '../../../src/config/load.ts';
import { goodConfig, refusalOf, writeConfig } from '../../support/config-file.ts';

const nodes = `# two datacenters of one region, one of another
203.0.113.1=us-east-1-frontend:us-east-1a:10.0.0.1
203.0.113.2=us-east-1-backend:us-east-1a:10.0.0.2
203.0.113.3=eu-west-1-frontend:eu-west-1b:10.1.0.3
`;

function configWith(cassandra = '', classes = ''): string {
  return `${goodConfig.replace(
    /cassandra:\n.*\n/,
    `cassandra: { contactPoints: [10.0.0.1], datacenter: us-east-1-frontend, topologyFile: nodes.topology${cassandra} }\n`,
  )}${classes}`;
}

const others = { 'nodes.topology': nodes };

describe('the topology file', () => {
  it('is read from beside the configuration and becomes part of it', () => {
    const { config, files } = loadConfigAndSettings({ file: writeConfig(configWith(), others), env: {} });
    expect(config.topology?.entries.map(({ line, datacenter }) => [line, datacenter])).toEqual([
      [2, 'us-east-1-frontend'],
      [3, 'us-east-1-backend'],
      [4, 'eu-west-1-frontend'],
    ]);
    expect(files.map((file) => file.replace(/.*\//, ''))).toEqual(['weir.yaml', 'nodes.topology']);
  });

  it('puts the datacenters of a class in order, the nearest first', () => {
    const classes =
      'classes: { frontend: { datacenters: [eu-west-1-frontend, us-east-1-backend, us-east-1-frontend] } }\n';
    const file = writeConfig(configWith('', classes), others);
    expect(loadConfig({ file, env: {} }).applications[0]?.application.datacenters).toEqual([
      'us-east-1-frontend',
      'us-east-1-backend',
      'eu-west-1-frontend',
    ]);
  });

  it('has its faults told with its own lines, after those of the configuration', () => {
    const broken = { 'nodes.topology': `${nodes}203.0.113.4=us-east-1-frontend\n203.0.113.1=a:b:10.9.9.9\n` };
    const text = configWith().replace('auth: trusted', 'auth: trusted\nbounds: { timeout: 1h }');
    const places = refusalOf(text, { others: broken })
      .split('\n')
      .map((line) => /^[a-z.]+:\d+/.exec(line)?.[0]);
    expect(places).toEqual(['weir.yaml:4', 'nodes.topology:5', 'nodes.topology:6']);
  });

  it.each([
    [
      configWith().replace('datacenter: us-east-1-frontend', 'datacenter: us-east-1-front'),
      'cassandra.datacenter is no datacenter of cassandra.topologyFile (it has us-east-1-frontend, us-east-1-backend, eu-west-1-frontend; did you mean us-east-1-frontend?)',
    ],
    [
      configWith(', rack: us-east-1b'),
      'cassandra.rack is no rack of its datacenter in cassandra.topologyFile (us-east-1-frontend has us-east-1a; did you mean us-east-1a?)',
    ],
    [
      configWith('', 'classes: { backend: { datacenters: [us-east-1-frontend, us-west-2] } }\n'),
      'classes.backend.datacenters.1 is no datacenter of cassandra.topologyFile',
    ],
  ])('is held against the rest of the configuration (%#)', (text, message) => {
    expect(refusalOf(text, { others })).toContain(message);
  });

  it('is missed by name', () => {
    expect(refusalOf(configWith())).toBe(
      'weir.yaml:2:87: cassandra.topologyFile cannot be read (there is no such file)',
    );
  });
});
