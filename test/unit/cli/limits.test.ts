import { describe, expect, it } from 'vitest';
import { writeConfig } from '../../support/config-file.ts';
import { type FakeAnswer, type ReceivedCall, startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const rest = { mode: 'exact', enforce: 'on', onOver: 'reject', onStoreDown: 'local' };
const read = { rate: 100, burst: 200, ...rest };
const view = {
  tag: '"3-abc"',
  version: 3,
  limits: [
    {
      id: 'class:backend/scan',
      subject: 'class:backend',
      operation: 'scan',
      limit: { rate: 20_000, burst: 20_000, ...rest },
      file: { rate: 20_000, burst: 20_000, ...rest },
      change: null,
    },
    {
      id: 'storefront/read',
      subject: 'storefront',
      operation: 'read',
      limit: read,
      file: { ...read, rate: 50 },
      change: { rate: 100 },
    },
  ],
  paused: ['nightly-report'],
};
const changed = {
  tag: '"4-def"',
  version: 4,
  dryRun: false,
  limits: [{ id: 'storefront/read', before: read, after: { ...read, rate: 300 } }],
  paused: [],
};

function answer({ method, path }: ReceivedCall): FakeAnswer {
  if (method === 'GET') return { body: view };
  return { body: { ...changed, dryRun: path.endsWith('?dryRun=true') } };
}

describe('limits list and get', () => {
  it('tells every limit, and where it comes from', async () => {
    const { url, calls } = await startFakeInstance(answer);
    const { exitCode, stdout, stderr } = await runVerb(['limits', 'list', '--admin-url', url]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'subject        operation  rate/s  burst  sessions  mode   enforce  over    store down  from',
      'class:backend  scan       20000   20000  -         exact  on       reject  local       file',
      'storefront     read       100     200    -         exact  on       reject  local       run time',
      '',
    ]);
    expect(stderr).toBe('paused: nightly-report\n');
    expect(calls).toMatchObject([{ method: 'GET', path: '/admin/v1/limits' }]);
  });

  it('tells of one limit what the file says and what was set', async () => {
    const { url } = await startFakeInstance(answer);
    const { stdout } = await runVerb(['limits', 'get', 'storefront', 'read', '--admin-url', url]);
    const others = 'mode exact, enforce on, onOver reject, onStoreDown local';
    expect(stdout.split('\n')).toEqual([
      `holds     rate 100, burst 200, ${others}`,
      `file      rate 50, burst 200, ${others}`,
      'run time  {"rate":100}',
      '',
    ]);
  });

  it('names the limits that there are where one is asked for that there is not', async () => {
    const { url } = await startFakeInstance(answer);
    const run = await runVerb(['limits', 'get', 'storefront', 'write', '--admin-url', url]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('there are: class:backend scan, storefront read');
  });

  it('says when no Weir answers there', async () => {
    const { url } = await startFakeInstance(() => ({ body: { hello: 1 } }));
    const run = await runVerb(['limits', 'list', '--admin-url', url]);
    expect(run).toMatchObject({ exitCode: 1 });
    expect(run.stderr).toContain('tells of no limits');
  });
});

describe('limits set, unset, pause and resume', () => {
  it('adds to what was set before, over the settings that it saw', async () => {
    const { url, calls } = await startFakeInstance(answer);
    const argv = ['limits', 'set', 'storefront', 'read', 'burst=300', 'enforce=shadow', '--admin-url', url];
    const { exitCode, stdout } = await runVerb(argv);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('- rate 100, burst 200');
    expect(stdout).toContain('+ rate 300, burst 200');
    expect(stdout).toContain('settings version 4');
    expect(calls[1]).toMatchObject({
      method: 'PUT',
      path: '/admin/v1/limits',
      headers: { 'if-match': '"3-abc"' },
      body: { limits: { 'storefront/read': { rate: 100, burst: 300, enforce: 'shadow' } } },
    });
  });

  it('changes nothing in a dry run', async () => {
    const { url, calls } = await startFakeInstance(answer);
    const argv = ['limits', 'unset', 'storefront', 'read', '--dry-run', '--admin-url', url];
    expect((await runVerb(argv)).stdout).toContain('nothing was changed');
    expect(calls[1]).toMatchObject({
      path: '/admin/v1/limits?dryRun=true',
      body: { limits: { 'storefront/read': null } },
    });
  });

  it.each([
    ['no value', 'rate'],
    ['nothing behind the sign', 'rate='],
    ['a name that is none', '1=2'],
  ])('asks nobody for %s', async (_, member) => {
    const { url, calls } = await startFakeInstance(answer);
    const run = await runVerb(['limits', 'set', 'storefront', 'read', member, '--admin-url', url]);
    expect(run.exitCode).toBe(2);
    expect(calls).toEqual([]);
  });

  it('pauses an application by its name, whatever stands in it', async () => {
    const paused = [{ application: 'a.b', before: false, after: true }];
    const { url, calls } = await startFakeInstance(() => ({ body: { ...changed, limits: [], paused } }));
    const { stdout } = await runVerb(['limits', 'pause', 'a/b', '--admin-url', url]);
    expect(stdout).toContain('a.b is paused: whatever costs units is refused');
    expect(calls[0]?.path).toBe('/admin/v1/applications/a%2Fb/pause');
  });

  it('says that somebody else was first', async () => {
    const problem = { title: 'The settings have been changed by somebody else', status: 412 };
    const { url } = await startFakeInstance(({ method }) =>
      method === 'GET' ? { body: view } : { status: 412, body: problem },
    );
    const run = await runVerb(['limits', 'unset', 'storefront', 'read', '--admin-url', url]);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('look at them and try again');
  });
});

describe('limits diff and apply', () => {
  const file = `limits:
  storefront: { read: { rate: 300 }, scan: null }
  class:backend:
    scan: { rate: 5000, onOver: wait }
`;

  it('sends all limits of a file as one change', async () => {
    const { url, calls } = await startFakeInstance(answer);
    const run = await runVerb(['limits', 'apply', writeConfig(file), '--admin-url', url]);
    expect(run.exitCode).toBe(0);
    expect(calls[1]).toMatchObject({
      method: 'PUT',
      path: '/admin/v1/limits',
      body: {
        limits: {
          'storefront/read': { rate: 300 },
          'storefront/scan': null,
          'class:backend/scan': { rate: 5000, onOver: 'wait' },
        },
      },
    });
  });

  it('only asks what would change', async () => {
    const { url, calls } = await startFakeInstance(answer);
    const run = await runVerb(['limits', 'diff', writeConfig(file), '--admin-url', url]);
    expect(run.stdout).toContain('nothing was changed');
    expect(calls[1]?.path).toBe('/admin/v1/limits?dryRun=true');
  });

  it.each([
    ['no YAML', 'limits: [', /:\d+: it is no YAML/],
    ['an alias', 'limits:\n  a: &x { read: { rate: 5 } }\n  b: *x', /weir[^ ]*:3: it has an alias, \*x/],
    ['an alias of nothing', 'limits:\n  b: *x', /:2: it has an alias, \*x/],
    ['another section', 'applications: {}', /one section, limits/],
    ['a second section', 'limits: {}\nother: 1', /one section, limits/],
    ['no limit', 'limits: {}', /names no limit/],
    ['a subject without operations', 'limits: { storefront: 5 }', /limits\.storefront is no section/],
    ['a limit that is a number', 'limits: { storefront: { read: 5 } }', /neither a section nor null/],
  ])('refuses %s and asks nobody', async (_, text, message) => {
    const { url, calls } = await startFakeInstance(answer);
    const run = await runVerb(['limits', 'apply', writeConfig(text), '--admin-url', url]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(message);
    expect(calls).toEqual([]);
  });
});
