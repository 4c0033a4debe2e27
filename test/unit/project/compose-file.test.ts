import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { projectRoot, readProjectFile } from '../../support/project-files.ts';

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly command?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
        readonly depends_on?: Readonly<Record<string, unknown>>;
        readonly healthcheck?: { readonly test: readonly string[] };
      }
    >
  >;
}

// Containers cannot be started everywhere; what can be held true without them is held here.
const { services } = parse(readProjectFile('docker-compose.yml'), { merge: true }) as ComposeFile;

describe('docker-compose.yml', () => {
  it('starts Weir with a configuration that loads and names nodes that are there', () => {
    const file = services['weir']?.command?.at(-1) ?? '';
    const { cassandra, applications } = loadConfig({ file: path.join(projectRoot, file), env: {} });
    if (cassandra.kind !== 'contact-points') throw new Error('the composed cluster is a real one');
    for (const host of cassandra.contactPoints) expect(Object.keys(services)).toContain(host);
    const datacenters = new Set(
      Object.values(services).map((service) => service.environment?.['CASSANDRA_DC']),
    );
    for (const { application } of applications) {
      for (const datacenter of application.datacenters) expect(datacenters).toContain(datacenter);
    }
  });

  it('gives Weir the Redis that is there, once it answers', () => {
    const { command, depends_on: awaited = {} } = services['weir'] ?? {};
    const { redis, limits } = loadConfig({ file: path.join(projectRoot, command?.at(-1) ?? ''), env: {} });
    if (redis?.servers.kind !== 'single') throw new Error('the composed Redis is one server');
    const { host, port } = redis.servers.address;
    expect(services[host]?.healthcheck?.test).toContain('redis-cli');
    expect(awaited[host]).toEqual({ condition: 'service_healthy' });
    expect(port).toBe(6_379);
    expect(limits.size).toBeGreaterThan(0);
  });

  it('replicates the schema to as many nodes as there are', () => {
    const nodes = (datacenter: string): number =>
      Object.values(services).filter((service) => service.environment?.['CASSANDRA_DC'] === datacenter)
        .length;
    const schema = readProjectFile('topology/compose/schema.cql');
    const factors = [...schema.matchAll(/'(us-east-1-\w+)': (\d)/g)];
    expect(factors.length).toBe(2);
    for (const [, datacenter = '', factor] of factors) expect(Number(factor)).toBe(nodes(datacenter));
  });

  it('waits only for services that are there', () => {
    const awaited = Object.values(services).flatMap((service) => Object.keys(service.depends_on ?? {}));
    expect(awaited.length).toBeGreaterThan(0);
    for (const name of awaited) expect(Object.keys(services)).toContain(name);
  });
});
