import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { ClusterDirectory } from '../../../topology/launcher/cluster-directory.ts';
import { defaultSpec, planNodes } from '../../../topology/launcher/cluster-spec.ts';
import { runLauncher } from '../../../topology/launcher/command-line.ts';

describe('the launcher', () => {
  let clusters: string;
  const run = async (...args: readonly string[]) => {
    const printed: string[] = [];
    const said: string[] = [];
    const status = await runLauncher(args, {
      print: (line) => printed.push(`${line}\n`),
      talk: (line) => said.push(`${line}\n`),
    });
    return { status, stdout: printed.join(''), stderr: said.join('') };
  };
  const inClusters = (...args: readonly string[]) => run(...args, '--directory', clusters);

  beforeEach(() => {
    clusters = mkdtempSync(join(tmpdir(), 'weir-clusters-'));
  });
  afterEach(() => rmSync(clusters, { recursive: true, force: true }));

  it('lists its commands', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    for (const verb of ['up', 'down', 'status', 'pause', 'resume', 'kill', 'start', 'add', 'remove']) {
      expect(stdout).toMatch(new RegExp(`^  ${verb} `, 'm'));
    }
    expect(stdout).not.toContain('guard');
  });

  it('shows two examples with each command', async () => {
    expect((await run('up', '--help')).stdout.match(/^ {2}npm run cluster -- up/gm)).toHaveLength(2);
    expect((await run('kill', '--help')).stdout.match(/^ {2}npm run cluster -- kill/gm)).toHaveLength(2);
  });

  test.each([
    [['frob'], 'an unknown command'],
    [['up', '--frob'], 'an unknown option'],
    [['kill'], 'no node'],
    [['up', '--dc', 'east'], 'a datacenter without a count'],
    [['up', '--tokens', 'many'], 'a count that is no number'],
    [['up', '--schema', '/no/such/file'], 'a schema that is not there'],
  ])('exits 2 on %j: %s', async (args) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  });

  it('exits 1 and names the clusters there are when asked for another', async () => {
    expect(await inClusters('status')).toMatchObject({
      status: 1,
      stderr: 'error: there is no cluster demo; there is none at all\n',
    });
    createDemo();
    expect((await inClusters('status', '--name', 'x')).stderr).toBe(
      'error: there is no cluster x; there are demo\n',
    );
  });

  it('shows the nodes of a cluster, with the data on standard output alone', async () => {
    createDemo();
    const { status, stdout, stderr } = await inClusters('status');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')[1]).toBe(
      'node-1  127.0.0.11:9042  us-east-1-frontend  us-east-1a  down       -',
    );
  });

  it('shows them as JSON when asked to', async () => {
    createDemo();
    const shown = JSON.parse((await inClusters('status', '--json')).stdout);
    expect(shown).toMatchObject({ name: 'demo', phase: 'ready', directory: join(clusters, 'demo') });
    expect(shown.nodes[7]).toEqual({
      name: 'node-8',
      address: '127.0.0.18',
      port: 9042,
      datacenter: 'us-east-1-backend',
      rack: 'us-east-1b',
      condition: 'gone',
    });
  });

  it('refuses a schema that the cluster cannot hold, before anything starts', async () => {
    const schema = join(clusters, 'schema.cql');
    writeFileSync(
      schema,
      "CREATE KEYSPACE k WITH replication = {'class': 'NetworkTopologyStrategy', 'east': 3};",
    );
    const { status, stderr } = await inClusters('up', '--dc', 'east=1', '--schema', schema);
    expect(status).toBe(1);
    expect(stderr).toContain('3 replicas in datacenter east, which has 1 nodes');
  });

  it('takes a cluster down whose nodes are gone', async () => {
    createDemo();
    expect(await inClusters('down')).toMatchObject({ status: 0, stdout: '' });
    expect((await inClusters('status')).status).toBe(1);
  });

  function createDemo(): void {
    const nodes = planNodes(defaultSpec).map((node) => ({ ...node, bootstrap: false, jmxPort: 7199 }));
    new ClusterDirectory(clusters, 'demo').create({
      version: 1,
      spec: defaultSpec,
      phase: 'ready',
      nextNumber: 9,
      nodes,
    });
  }
});
