import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../topology/launcher/free-ports.ts';
import { applySchema } from '../../topology/launcher/schema.ts';
import { createLocalAddresses, type LocalAddresses } from '../support/local-addresses.ts';
import { type PageCommand, pageCommands } from '../support/page-commands.ts';
import { type PageException, pageExceptions, replaceExceptions } from '../support/page-exceptions.ts';
import { openPageSession, type PageSession } from '../support/page-session.ts';
import { listProjectFiles, readProjectFile } from '../support/project-files.ts';
import { describeWithCluster, realCluster } from '../support/real-cluster.ts';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.ts';
import { expectShown } from '../support/shown-output.ts';

/** In the order of reading: a guide may begin where the one before it ended. */
const pages = [
  'README.md',
  ...[
    'getting-started',
    'querying',
    'topology-and-datacenters',
    'security',
    'tail-and-cache',
    'limits',
    'guard',
    'jobs',
    'operating',
  ].map((name) => `docs/guides/${name}.md`),
];
const commandsByPage = pages.map((page) => ({ page, commands: pageCommands(page, readProjectFile(page)) }));
const ran = new Set<PageCommand>();
const exceptionsUsed = new Set<PageException>();

describe('the pages with commands', () => {
  it('are all run here', () => {
    expect(listProjectFiles('docs/guides', '.md').sort()).toEqual(pages.slice(1).sort());
  });
});

describeWithCluster('the commands', () => {
  let addresses: LocalAddresses;
  let project: ScratchProject;
  let keyspacesBefore: readonly string[];

  beforeAll(async () => {
    const [data = 0, admin = 0] = await freePorts(2);
    const nodes = realCluster().nodes();
    addresses = createLocalAddresses(
      nodes.map((node) => node.address),
      { data, admin },
    );
    project = createScratchProject(addresses.toActual);
    keyspacesBefore = await keyspaces();
  });
  afterAll(async () => {
    project.remove();
    for (const name of await keyspaces()) {
      if (!keyspacesBefore.includes(name)) await cql(`DROP KEYSPACE "${name}"`);
    }
  });

  describe.each(commandsByPage)('of $page', ({ commands }) => {
    let session: PageSession;
    let failed: string | undefined;
    beforeAll(() => {
      session = openPageSession(project.directory);
    });
    afterAll(() => session.close());

    it.each(commands)('in line $line work as shown', async (command) => {
      if (failed !== undefined) throw new Error(`not tried: ${failed} failed`);
      failed = `${command.page}:${command.line}`;
      ran.add(command);
      const { text, schemas, used } = replaceExceptions(command.text);
      for (const exception of used) exceptionsUsed.add(exception);
      for (const schema of schemas) await cql(project.read(schema));
      const streams = command.shown?.language === 'text' ? 'both' : 'stdout';
      const printed = addresses.toWritten(await session.run(addresses.toActual(text), streams));
      if (command.shown !== undefined) expectShown(command.shown, printed);
      failed = undefined;
    });
  });

  it('were run, every one', () => {
    const all = commandsByPage.flatMap(({ commands }) => commands);
    expect(all.filter((command) => !ran.has(command))).toEqual([]);
  });

  it('need every exception that is made for them', () => {
    expect(pageExceptions.filter((exception) => !exceptionsUsed.has(exception))).toEqual([]);
  });
});

async function keyspaces(): Promise<readonly string[]> {
  return realCluster().withClient(async (client) => {
    const { rows } = await client.execute('SELECT keyspace_name FROM system_schema.keyspaces');
    return rows.map((row) => String(row['keyspace_name']));
  });
}

async function cql(text: string): Promise<void> {
  const [node] = realCluster().nodes();
  if (node === undefined) throw new Error('the cluster has no node');
  await applySchema(text, node);
}
