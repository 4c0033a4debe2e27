import { describe, expect, it } from 'vitest';
import { type GuardView, guardPhases } from '../../../src/core/guard/guard.ts';
import { type FakeAnswer, startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const view: GuardView = {
  enabled: true,
  settings: { targetMs: 60, min: 0.1, protects: ['frontend'], slows: ['backend', 'reports'] },
  steering: {
    factor: 0.35,
    phase: 'cut',
    latency: { samples: 1_234, p95Ms: 82.44 },
    rates: { backend: { read: 12_000.4, scan: 500 }, reports: { read: 12_000.4 } },
  },
  override: null,
  leader: 'weir-2',
  isLeader: false,
  epoch: 7,
  ageMs: 412,
};

async function run(argv: readonly string[], body: unknown = view) {
  const { url, calls } = await startFakeInstance((): FakeAnswer => ({ body }));
  const stage = { env: { WEIR_ADMIN_KEY: 'weir_admin' } };
  return { ...(await runVerb(['guard', ...argv, '--admin-url', url], stage)), calls };
}

describe('guard', () => {
  it('tells how far it slows whom, and why', async () => {
    const { exitCode, stdout, calls } = await run([]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'factor    0.35: limits of backend, reports are at 35 % of what is set',
      'phase     cut: lowered just now, and held until it shows what came of it',
      'latency   p95 82.4 ms of 1234 look-ups of frontend in 5 s; target 60 ms',
      'leader    weir-2, epoch 7, decided 0.4 s ago',
      'override  none',
      'lent to  operation  units/s',
      'backend  read       12000',
      'backend  scan       500',
      'reports  read       12000',
      '',
    ]);
    expect(calls).toMatchObject([
      { method: 'GET', path: '/admin/v1/guard', headers: { authorization: 'Bearer weir_admin' } },
    ]);
  });

  it('tells that there is none', async () => {
    const { stdout } = await run([], {
      enabled: false,
      settings: null,
      steering: { factor: 1, phase: 'open', latency: { samples: 0 }, rates: {} },
      override: null,
      leader: null,
      isLeader: false,
      epoch: 0,
      ageMs: null,
    });
    expect(stdout.split('\n')).toEqual([
      'guard     the configuration has none',
      'leader    none is known, no decision was heard of',
      'override  none',
      '',
    ]);
  });

  it('rounds a factor that rises, and says that nothing is known while it is blind', async () => {
    const steering = { ...view.steering, factor: 0.268_916_378_7, phase: 'blind' };
    const { stdout } = await run([], { ...view, steering });
    expect(stdout).toContain('factor    0.269: ');
    expect(stdout).toMatch(/^latency {3}not known; target/m);
  });

  it('tells who leads, and who has set the factor', async () => {
    const override = { factor: 0.5, by: 'operator 0a1b2c3d', at: '2026-11-21T10:00:00.000Z' };
    const { stdout } = await run([], { ...view, override, isLeader: true });
    expect(stdout).toContain('leader    weir-2, which is this instance, epoch 7');
    expect(stdout).toContain('override  0.5 by operator 0a1b2c3d at 2026-11-21T10:00:00.000Z\n');
  });

  it('has words of its own for each phase', async () => {
    const words = new Set<string>();
    for (const phase of guardPhases) {
      const { stdout } = await run([], { ...view, steering: { ...view.steering, phase } });
      words.add(/^phase {5}\w+: (.+)$/m.exec(stdout)?.[1] ?? '');
    }
    expect(words.size).toBe(guardPhases.length);
    expect(words).not.toContain('');
  });

  it('shows nothing of elsewhere that would move the cursor', async () => {
    const leader = 'weir\u001b[2J';
    expect((await run([], { ...view, leader })).stdout).toContain('weir\\u001b[2J');
  });

  it('prints the answer as it came when asked', async () => {
    expect(JSON.parse((await run(['--json'])).stdout)).toEqual(view);
  });

  it.each([{ hello: 1 }, { steering: {} }, []])('says when no Weir answers there: %j', async (body) => {
    const { exitCode, stderr } = await run([], body);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('tells of no guard');
  });
});

describe('guard --set and --release', () => {
  it.each([
    [['--set', '0.5'], 0.5],
    [['--set', '1'], 1],
    [['--set', '.25'], 0.25],
    [['--release'], null],
  ])('%j asks for %s, and shows what came of it', async (argv, factor) => {
    const { exitCode, stdout, calls } = await run(argv);
    expect(exitCode).toBe(0);
    expect(calls).toMatchObject([{ method: 'PUT', path: '/admin/v1/guard', body: { factor } }]);
    expect(stdout).toContain('factor    0.35');
  });

  it.each([
    [null, ['--set', '0.5'], 'the guard decides; the factor would be 0.5; nothing was changed\n', 0.5],
    [0.2, ['--release'], '0.2 is set; the guard would decide; nothing was changed\n', null],
  ])('over %s with --dry-run and %j only looks', async (before, argv, text, after) => {
    const override = before === null ? null : { factor: before, by: 'operator x', at: 'then' };
    const { exitCode, stdout, calls } = await run([...argv, '--dry-run'], { ...view, override });
    expect([exitCode, stdout]).toEqual([0, text]);
    expect(calls).toMatchObject([{ method: 'GET' }]);
    const json = await run([...argv, '--dry-run', '--json'], { ...view, override });
    expect(JSON.parse(json.stdout)).toEqual({ before, after, dryRun: true });
  });

  it.each([
    [['--set', '0']],
    [['--set', '1.5']],
    [['--set', '-0.5']],
    [['--set', '1e-1']],
    [['--set', '']],
    [['--set', '0.5', '--release']],
    [['--dry-run']],
  ])('asks nobody for %j', async (argv) => {
    const { exitCode, calls } = await run(argv);
    expect(exitCode).toBe(2);
    expect(calls).toEqual([]);
  });

  it('says what Weir refuses, and how it is done', async () => {
    const { url } = await startFakeInstance(() => ({
      status: 403,
      body: { title: 'The key does not have the role', status: 403 },
    }));
    const { exitCode, stderr } = await runVerb(['guard', '--set', '0.5', '--admin-url', url]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('this takes a key of an operator');
  });
});
