import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCluster, realCluster, type TestCluster } from '../support/real-cluster.ts';
import { runVerb } from '../support/run-cli.ts';

const keyspace = 'init_test';

describeWithCluster('a new configuration for a real cluster', () => {
  let cluster: TestCluster;
  let folder: string;
  let out: string;
  let contactPoint: string;

  beforeAll(async () => {
    cluster = realCluster();
    folder = mkdtempSync(join(tmpdir(), 'weir-init-'));
    out = join(folder, 'weir.yaml');
    const [first] = cluster.nodes();
    contactPoint = `${first?.address}:${first?.port}`;
    await cluster.withClient(async (client) => {
      await client.execute(
        `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${first?.datacenter}': 2}`,
      );
      await client.execute(
        `CREATE TABLE IF NOT EXISTS ${keyspace}.visits (user uuid, day date, at timestamp, page text, PRIMARY KEY ((user, day), at))`,
      );
    });
  });
  afterAll(async () => {
    await cluster.withClient((client) => client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`));
    rmSync(folder, { recursive: true });
  });

  it('is written from one contact point, and stands the check against the cluster', async () => {
    const argv = ['init', '--contact-point', contactPoint, '--table', `${keyspace}.visits`, '--out', out];
    const written = await runVerb([...argv, '--credential-file', join(folder, 'key'), '--json']);
    expect(written).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(written.stdout)).toMatchObject({
      datacenter: cluster.nodes()[0]?.datacenter,
      // Where the keyspace has no replica nobody is to look.
      classes: [{ name: 'frontend', datacenters: [cluster.nodes()[0]?.datacenter] }],
    });
    const checked = await runVerb(['check', '--live', '--strict', '-c', out]);
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(checked.stdout).toContain(`${keyspace}.visits is there, with 4 columns`);
  });

  it('is refused by the check as soon as it speaks of a table that is not there', async () => {
    const other = join(folder, 'other.yaml');
    writeFileSync(other, readFileSync(out, 'utf8').replaceAll(`${keyspace}.visits`, `${keyspace}.visit`));
    const { exitCode, stdout } = await runVerb(['check', '--live', '-c', other]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`failed   ${keyspace}.visit: there is no such table in ${keyspace}`);
  });

  it('is not written where no node answers, and says so', async () => {
    const argv = ['init', '--contact-point', '127.255.255.254:1', '--timeout', '2s', '--out', `${out}.none`];
    const { exitCode, stderr } = await runVerb(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^weir: the cluster was not reached: no contact point /);
  });
});
