import { describe, expect, it } from 'vitest';
import { startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const ok = { name: 'cluster', state: 'ok', reason: '', ageMs: 12_000 };
const failed = { name: 'cluster', state: 'failed', reason: 'no contact point answered', ageMs: 400 };
const ready = { status: 200, body: { ready: true, reasons: [], conditions: [ok] } };
const unready = { status: 503, body: { ready: false, reasons: [failed.reason], conditions: [failed] } };

describe('ready', () => {
  it('ends with 0 and shows the conditions when the instance is ready', async () => {
    const { url, calls } = await startFakeInstance(() => ready);
    expect(await runVerb(['ready', '--url', url])).toEqual({
      exitCode: 0,
      stdout: 'ready\ncondition  state  for   reason\ncluster    ok     12 s\n',
      stderr: '',
    });
    expect(calls).toMatchObject([{ method: 'GET', path: '/readyz?verbose' }]);
  });

  it('ends with 4 and the reason when it is not', async () => {
    const { url } = await startFakeInstance(() => unready);
    const { exitCode, stdout } = await runVerb(['ready', '--url', url]);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('no contact point answered');
  });

  it('ends with 4 when nobody is there', async () => {
    const { exitCode, stdout } = await runVerb(['ready', '--url', 'http://127.0.0.1:1', '--json']);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      ready: false,
      reasons: ['http://127.0.0.1:1: nobody listens there'],
    });
  });

  it('asks again until it is ready when told to wait', async () => {
    const { url, calls } = await startFakeInstance((_, number) => (number < 3 ? unready : ready));
    expect(await runVerb(['ready', '--url', url, '--wait', '1m'])).toMatchObject({ exitCode: 0 });
    expect(calls).toHaveLength(3);
  });

  it('fails at once when somebody else answers', async () => {
    const { url, calls } = await startFakeInstance(() => ({ status: 404, body: '<html>' }));
    const { exitCode, stderr } = await runVerb(['ready', '--url', url, '--wait', '1m']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is this its address?');
    expect(calls).toHaveLength(1);
  });
});
