import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeConfig } from '../../support/config-file.ts';
import { openEmbeddedFixture } from '../../support/embedded-fixture.ts';
import { runVerb } from '../../support/run-cli.ts';
import { stageClusters } from '../../support/staged-clusters.ts';

const nodes = `# two regions
203.0.113.1=east-frontend:us-east-1a:10.0.0.1
203.0.113.2=east-frontend:us-east-1b:10.0.0.2
203.0.113.3=east-backend:us-east-1a:10.0.0.3
[2001:db8::1]=west-frontend:us-west-2a:[fd00::1]
`;

const config = `cassandra:
  contactPoints: [203.0.113.1]
  datacenter: east-backend
  topologyFile: nodes.topology
auth: trusted
data: { host: 127.0.0.1 }
classes:
  frontend: { datacenters: [west-frontend, east-frontend] }
applications:
  storefront: { class: frontend, tables: { shop.products: [read] } }
`;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'weir-topology-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function writeNodes(text = nodes): string {
  const file = join(folder(), 'nodes.topology');
  writeFileSync(file, text);
  return file;
}

describe('topology show', () => {
  it('tells datacenters, regions, racks and nodes of a file', async () => {
    const { exitCode, stdout, stderr } = await runVerb(['topology', 'show', writeNodes()]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')[1]).toMatch(/^east-frontend +us-east-1 +us-east-1a, us-east-1b +2$/);
  });

  it('orders datacenters by their distance from the one named', async () => {
    const argv = ['topology', 'show', writeNodes(), '--datacenter', 'east-backend', '--json'];
    const shown = JSON.parse((await runVerb(argv)).stdout) as {
      datacenters: { name: string; distance: string }[];
    };
    expect(shown.datacenters.map(({ name, distance }) => [name, distance])).toEqual([
      ['east-backend', 'own'],
      ['east-frontend', 'same-region'],
      ['west-frontend', 'other-region'],
    ]);
  });

  it('takes the file and the own datacenter from a configuration, and tells where its classes read', async () => {
    const file = writeConfig(config, { 'nodes.topology': nodes });
    const shown: unknown = JSON.parse((await runVerb(['topology', 'show', '-c', file, '--json'])).stdout);
    expect(shown).toMatchObject({
      ownDatacenter: 'east-backend',
      classes: [{ name: 'frontend', datacenters: ['east-frontend', 'west-frontend'] }],
    });
  });

  it('shows each node with both addresses when asked', async () => {
    const { stdout } = await runVerb(['topology', 'show', writeNodes(), '--nodes']);
    expect(stdout).toMatch(/^2001:db8::1 +fd00::1 +west-frontend +us-west-2a$/m);
  });

  it.each([
    [['--datacenter', 'nope'], writeNodesLater, 'no datacenter nope', 'a datacenter that is not in it'],
    [[], () => 'not-there.topology', 'there is no such file', 'no file'],
  ])('refuses %j: %s', async (more, file, told) => {
    const { exitCode, stderr } = await runVerb(['topology', 'show', file(), ...more]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(told);
  });

  it('says that a configuration names no topology file', async () => {
    const file = writeConfig(config.replace(/ {2}topologyFile.*\n/, ''));
    const { exitCode, stderr } = await runVerb(['topology', 'show', '-c', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('names no cassandra.topologyFile');
  });
});

function writeNodesLater(): string {
  return writeNodes();
}

describe('topology lint', () => {
  it('finds nothing in a sound file, and says that the cluster was not asked', async () => {
    const { exitCode, stdout, stderr } = await runVerb(['topology', 'lint', writeNodes()]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('4 nodes, 0 findings; the file alone was looked at');
  });

  it('tells the faults of a file by line and column, and ends with 2', async () => {
    const file = writeNodes(`${nodes}203.0.113.9\n`);
    const { exitCode, stdout, stderr } = await runVerb(['topology', 'lint', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`${file}:6:`);
  });

  it('ends with 1 for a file that is sound and odd', async () => {
    const file = writeNodes(`${nodes}203.0.113.9=east-frontend:us-west-2a:10.0.0.9\n`);
    const { exitCode, stdout } = await runVerb(['topology', 'lint', file]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('east-frontend spans the regions us-east-1, us-west-2');
  });

  it('compares the file with the cluster of a configuration, and leaves no connection', async () => {
    const file = writeConfig(config, { 'nodes.topology': nodes });
    const clusters = stageClusters(openEmbeddedFixture().cluster);
    const { exitCode, stdout } = await runVerb(['topology', 'lint', '-c', file, '--json'], { clusters });
    const { againstCluster, findings } = JSON.parse(stdout) as {
      againstCluster: boolean;
      findings: string[];
    };
    expect({ exitCode, againstCluster }).toEqual({ exitCode: 1, againstCluster: true });
    expect(findings).toContainEqual(expect.stringContaining('is in the file and not in the cluster'));
    expect(clusters.left()).toBe(0);
  });

  it('fails when the cluster is not reached, and leaves no connection', async () => {
    const file = writeConfig(config, { 'nodes.topology': nodes });
    const clusters = stageClusters(openEmbeddedFixture().cluster, {
      unreachable: 'no contact point answered',
    });
    const { exitCode, stderr } = await runVerb(['topology', 'lint', '-c', file], { clusters });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'weir: the cluster cannot be read from: no contact point answered\n',
    });
    expect(clusters.left()).toBe(0);
  });
});

describe('topology export', () => {
  it("writes Cassandra's own files and prints their paths", async () => {
    const out = folder();
    const { exitCode, stdout } = await runVerb(['topology', 'export', writeNodes(), '--out', out]);
    const paths = stdout.trimEnd().split('\n');
    expect(exitCode).toBe(0);
    expect(paths).toHaveLength(5);
    expect(paths.map((path) => existsSync(path))).toEqual(paths.map(() => true));
    expect(readFileSync(join(out, 'cassandra-topology.properties'), 'latin1')).toContain(
      '203.0.113.1=east-frontend:us-east-1a\n',
    );
  });

  it('writes nothing in a dry run', async () => {
    const out = join(folder(), 'new');
    const { exitCode, stdout, stderr } = await runVerb([
      'topology',
      'export',
      writeNodes(),
      '--out',
      out,
      '--dry-run',
      '--json',
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(5);
    expect(stderr).toContain('would be written');
    expect(existsSync(out)).toBe(false);
  });

  it('writes none of the files when one is in the way, unless forced', async () => {
    const out = folder();
    const inTheWay = join(out, 'cassandra-topology.properties');
    writeFileSync(inTheWay, 'mine');
    const argv = ['topology', 'export', writeNodes(), '--out', out];
    expect(await runVerb(argv)).toMatchObject({ exitCode: 1, stdout: '' });
    expect(readFileSync(inTheWay, 'utf8')).toBe('mine');
    expect(existsSync(join(out, '203.0.113.1'))).toBe(false);
    expect(await runVerb([...argv, '--force'])).toMatchObject({ exitCode: 0 });
    expect(readFileSync(inTheWay, 'utf8')).toContain('east-frontend');
  });
});
