import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { runCli } from '../../support/run-cli.ts';

/** Every verb there is, found by asking each help for its commands. */
async function findVerbs(path: readonly string[] = []): Promise<string[][]> {
  const { stdout } = await runCli([...path, '--help']);
  const commands = stdout.split('Commands:\n')[1]?.split('\n\n')[0] ?? '';
  const names = [...commands.matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  if (names.length === 0) return [[...path]];
  const below = await Promise.all(names.map((name) => findVerbs([...path, name])));
  return below.flat();
}

const verbs = await findVerbs();
const families = [[], ['key'], ['config'], ['topology']];

describe('the command line', () => {
  it('has the verbs of its contract', () => {
    expect(verbs.map((verb) => verb.join(' ')).sort()).toEqual(
      [
        'check',
        'config print',
        'config schema',
        'explain',
        'init',
        'key new',
        'lookup',
        'ready',
        'replicas',
        'serve',
        'token',
        'topology export',
        'topology lint',
        'topology show',
      ].sort(),
    );
  });

  it.each([...families, ...verbs].map((verb) => [verb]))(
    'weir %j has a help with two examples',
    async (verb) => {
      const { exitCode, stdout, stderr } = await runCli([...verb, '--help']);
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      const called = expect.stringMatching(new RegExp(`^ {2}(\\S.*)?weir ${verb.join(' ')}`));
      expect(stdout.split('Examples:\n')[1]?.trimEnd().split('\n')).toEqual([called, called]);
    },
  );

  it.each(verbs.map((verb) => [verb]))('weir %j prints JSON when asked', async (verb) => {
    expect((await runCli([...verb, '--help'])).stdout).toMatch(/^ {2}--json {2}/m);
  });

  it.each([[['init']], [['topology', 'export']]])(
    'weir %j changes files, and can be tried without',
    async (verb) => {
      expect((await runCli([...verb, '--help'])).stdout).toMatch(/^ {2}--dry-run {2}/m);
    },
  );

  it('prints the version of the package', async () => {
    expect(await runCli(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([
    [[], 'no verb'],
    [['key'], 'half a verb'],
    [['sevre'], 'an unknown verb'],
    [['serve'], 'no configuration named and none here'],
    [['serve', '--confg', 'x'], 'an unknown option'],
    [['key', 'new', 'x'], 'an argument too many'],
    [['ready', '--timeout', '10'], 'a duration without a unit'],
    [['lookup', 'shop.products', 'x', '--limit-per-key', '0'], 'a count below 1'],
    [['token', 'x'], 'a required option missing'],
  ])('ends %j with 2 and says why on stderr: %s', async (argv) => {
    const { exitCode, stdout, stderr } = await runCli(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it.each([[['serve']], [['config', 'print']], [['check']], [['topology', 'show']], [['ready']]])(
    'ends %j with 2 on an invalid configuration, and tells the place',
    async (verb) => {
      const file = writeConfig(goodConfig.replace('port', 'prot'));
      const { exitCode, stdout, stderr } = await runCli([...verb, '--config', file]);
      expect(exitCode).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/:1:26: unknown key "prot" in data \(known are .*; did you mean port\?\)\n$/);
      expect(stderr.startsWith(`${file}:`)).toBe(true);
    },
  );
});

describe('the configuration of a verb', () => {
  it('is the one of WEIR_CONFIG when none is named, which is said', async () => {
    const file = writeConfig(goodConfig);
    const { exitCode, stderr } = await runCli(['config', 'print'], { WEIR_CONFIG: file });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `weir: using ${file}\n` });
  });

  it('is the one that was named, whatever the environment says', async () => {
    const file = writeConfig(goodConfig);
    const { exitCode, stderr } = await runCli(['config', 'print', '-c', file], {
      WEIR_CONFIG: 'not-there.yaml',
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('is not changed by the variables that carry a credential or a key', async () => {
    const env = { WEIR_CREDENTIAL: 'weir_a', WEIR_ADMIN_KEY: 'weir_b' };
    expect(await runCli(['config', 'print', '-c', writeConfig(goodConfig)], env)).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });
});

describe('key new', () => {
  it('prints a credential of 256 bits and the hash of its text', async () => {
    const { exitCode, stdout } = await runCli(['key', 'new', '--json']);
    const { credential, hash } = JSON.parse(stdout) as { credential: string; hash: string };
    expect(exitCode).toBe(0);
    expect(credential).toMatch(/^weir_[A-Za-z0-9_-]{43}$/);
    expect(hash).toBe(`sha256:${createHash('sha256').update(credential).digest('hex')}`);
  });

  it('prints data to stdout and talk to stderr', async () => {
    const { stdout, stderr } = await runCli(['key', 'new']);
    expect(stdout).toMatch(/^credential {2}weir_\S{43}\nhash {8}sha256:[0-9a-f]{64}\n$/);
    expect(stderr).toContain('keyHashes');
    expect(stderr).not.toContain('weir_');
  });

  it('never prints the same twice', async () => {
    const [one, other] = [await runCli(['key', 'new', '--json']), await runCli(['key', 'new', '--json'])];
    expect(one.stdout).not.toBe(other.stdout);
  });
});
