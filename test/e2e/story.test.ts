/**
 * A new user's first day, in order: each test begins where the one before it ended. The system is a copy of the
 * project, the cluster a real one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../topology/launcher/free-ports.ts';
import { breakages, broken } from '../support/config-breakages.ts';
import { eventually } from '../support/eventually.ts';
import { expectGolden, goldenFiles } from '../support/golden-file.ts';
import { createLocalAddresses, type LocalAddresses } from '../support/local-addresses.ts';
import {
  createOwnTable,
  dropOwnTable,
  ownTable,
  readingsAnswer,
  readingsBody,
  readingsLoad,
} from '../support/own-table.ts';
import { describeWithCluster, realCluster } from '../support/real-cluster.ts';
import { type CommandRun, plainEnvironment, runCommand } from '../support/run-command.ts';
import { createScratchProject, type ScratchProject } from '../support/scratch-project.ts';
import { type ServedWeir, serveWeir } from '../support/served-weir.ts';
import { startLoad } from '../support/steady-load.ts';
import { adminOf, type WeirAdmin } from '../support/weir-admin.ts';

const callers = 8;
const configFile = 'weir.yaml';

describeWithCluster('a new user', () => {
  let addresses: LocalAddresses;
  let project: ScratchProject;
  let weir: ServedWeir | undefined;
  let credential = '';
  let admin: WeirAdmin;
  /** The configuration that is right, before anything is broken. */
  let config = '';

  beforeAll(async () => {
    const [data = 0, adminPort = 0] = await freePorts(2);
    const nodes = realCluster().nodes();
    addresses = createLocalAddresses(
      nodes.map((node) => node.address),
      { data, admin: adminPort },
    );
    project = createScratchProject(addresses.toActual);
    await createOwnTable(realCluster());
  });
  afterAll(async () => {
    await weir?.stop();
    project.remove();
    await dropOwnTable(realCluster());
  });

  const run = (...args: string[]): Promise<CommandRun> =>
    runCommand(['./weir', ...args.map(addresses.toActual)], {
      cwd: project.directory,
      env: plainEnvironment(),
    });
  const serve = (file: string): Promise<ServedWeir> =>
    serveWeir(['--config', file], {
      program: ['./weir'],
      cwd: project.directory,
      env: plainEnvironment(),
    });
  const served = (): ServedWeir => {
    if (weir === undefined) throw new Error('no Weir is running: an earlier test failed');
    return weir;
  };
  const lookUp = (): Promise<CommandRun> =>
    runCommand(
      [
        'curl',
        '-sS',
        `${served().dataUrl}/v1/${ownTable.replace('.', '/')}/lookup`,
        ...['-H', `Authorization: Bearer ${credential}`],
        ...['-H', 'Content-Type: application/json'],
        // Of a cluster that has just started, on a machine that carries all of it: not about how fast it answers.
        ...['-H', 'X-Request-Timeout-Ms: 10000'],
        ...['-d', readingsBody(3, 5)],
      ],
      { cwd: project.directory },
    );

  it('starts the demo of a fresh copy, and looks up what it was told to', async () => {
    const demo = await serve('topology/demo/weir.yaml');
    const line = demo.greeting.split('\n').find((each) => each.startsWith('curl')) ?? '';
    const { stdout } = await runCommand(['sh', '-c', line], { cwd: project.directory });
    expect(JSON.parse(stdout).summary).toEqual({ found: 48, missing: 2, error: 0, unprocessed: 0 });
    expect(await demo.stop()).toBe(0);
  });

  it('has a configuration written for the own table', async () => {
    const contact = ['--contact-point', '127.0.0.11', '--table', ownTable];
    const who = ['--application', 'storefront', '--credential-file', 'storefront.key'];
    const { exitCode, stderr } = await run('init', '--out', configFile, ...contact, ...who);
    expect(exitCode, stderr).toBe(0);
    credential = project.read('storefront.key').trim();
    expect(project.read(configFile)).not.toContain(credential);
  });

  it('checks it against the cluster', async () => {
    const { exitCode, stdout, stderr } = await run('check', '--config', configFile, '--live');
    expect(exitCode, stdout + stderr).toBe(0);
  });

  it('serves with it, and looks up rows of the own table by curl', async () => {
    const key = await run('key', 'new', '--json');
    const { credential: operator, hash } = JSON.parse(key.stdout) as { credential: string; hash: string };
    config = project
      .read(configFile)
      .replace(/^admin: \{(.*)\}$/m, `admin: {$1, keyHashes: { operator: [${hash}] } }`);
    project.write(configFile, config);
    weir = await serve(configFile);
    admin = adminOf(weir, operator);
    expect((await run('ready', '--config', configFile, '--wait', '30s')).exitCode).toBe(0);
    const { stdout, stderr } = await lookUp();
    expect(JSON.parse(stdout), stderr).toEqual(readingsAnswer(3, 5));
  });

  it.each(breakages)('is told what is wrong: $name', async (breakage) => {
    const { name, file } = breakage;
    if (file !== undefined) project.write(file.name, file.text);
    // Slips are written in the addresses of the pages, and so are the messages about them.
    project.write(configFile, addresses.toActual(broken(addresses.toWritten(config), breakage)));
    const { exitCode, stdout, stderr } = await run('check', '--config', configFile);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    const message = addresses.toWritten(stderr.replaceAll(`${project.directory}/`, ''));
    expectGolden(`story/${name}.txt`, message);

    served().signal('SIGHUP');
    const place = message.split(': ', 1)[0] ?? '';
    const { ready, conditions } = await eventually(`readiness names ${place}`, async () => {
      const readiness = await admin.readiness();
      return readiness.conditions.some(({ reason }) => reason.includes(place)) ? readiness : undefined;
    });
    expect(ready).toBe(true);
    expect(conditions.find((condition) => condition.name === 'configuration')?.state).toBe('warning');
    expect(await admin.metric('weir_config_reload_failed')).toBe(1);
    expect(JSON.parse((await lookUp()).stdout)).toEqual(readingsAnswer(3, 5));
  });

  it('has no message on file that nothing tells any more', () => {
    expect(goldenFiles('story')).toEqual(breakages.map(({ name }) => `${name}.txt`));
  });

  it('reloads a fix by file, by signal and by the admin port without a lost request', async () => {
    const load = startLoad(readingsLoad(served().dataUrl, credential), callers);
    await load.settle(100);
    const change = (keys: number): void =>
      project.write(configFile, `${config}\nbounds: { keys: ${keys} }\nshutdown: { delay: 3s }\n`);
    const inForce = (keys: number): Promise<unknown> =>
      eventually(`bounds.keys is ${keys}`, async () => (await admin.boundsKeys()) === keys || undefined);

    change(201);
    await inForce(201);
    await load.settle(100);
    expect(await admin.metric('weir_config_reload_failed')).toBe(0);

    change(202);
    served().signal('SIGHUP');
    await inForce(202);
    await load.settle(100);
    expect(served().stderr()).toContain('"cause":"signal"');

    change(203);
    expect((await admin.reload()).status).toBe(200);
    await inForce(203);
    await load.settle(100);
    expect(served().stderr()).toContain('"cause":"admin"');

    const { sent, answered, refused, lost } = await load.stop();
    expect({ refused, lost }).toEqual({ refused: {}, lost: {} });
    expect(answered).toBe(sent);
    expect(sent).toBeGreaterThan(400);
  });

  it('drains it under load: unready first, everything answered, then the end', async () => {
    const load = startLoad(readingsLoad(served().dataUrl, credential), callers);
    await load.settle(100);
    expect((await admin.drain()).status).toBe(202);
    const { ready, conditions } = await admin.readiness();
    expect(ready).toBe(false);
    expect(conditions.find(({ name }) => name === 'shutdown')?.state).toBe('failed');
    // Served until a balancer has seen it, which then sends nothing more; these were not all under way before.
    await load.settle(3 * callers);
    const { sent, answered, refused, lost } = await load.stop();
    expect({ refused, lost }).toEqual({ refused: {}, lost: {} });
    expect(answered).toBe(sent);
    expect(await served().exited).toBe(0);
  });

  it('finds nothing listening afterwards', async () => {
    expect((await run('ready', '--config', configFile)).exitCode).toBe(4);
  });
});
