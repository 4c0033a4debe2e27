import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
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
const families = [[], ['cache'], ['key'], ['config'], ['limits'], ['topology']];

describe('the command line', () => {
  it('has the verbs of its contract', () => {
    expect(verbs.map((verb) => verb.join(' ')).sort()).toEqual(
      [
        'cache purge',
        'cache stats',
        'check',
        'config print',
        'config schema',
        'explain',
        'guard',
        'init',
        'key new',
        'limits apply',
        'limits diff',
        'limits get',
        'limits list',
        'limits pause',
        'limits resume',
        'limits set',
        'limits unset',
        'lookup',
        'ready',
        'replicas',
        'scan',
        'serve',
        'splits',
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

  it.each([...families, ...verbs].map((verb) => [verb]))('weir %j has a help of 80 columns', async (verb) => {
    const [help = ''] = (await runCli([...verb, '--help'])).stdout.split('Examples:\n');
    expect(help.split('\n').filter(({ length }) => length > 80)).toEqual([]);
  });

  it('calls itself as it was started', async () => {
    const env = { WEIR_COMMAND: './weir' };
    const { stdout } = await runCli(['lookup', '--help'], env);
    expect(stdout).toMatch(/^Usage: \.\/weir lookup /);
    expect(stdout).toContain('\n  ./weir lookup shop.products sku-1');
    expect(stdout).toContain(' | ./weir lookup shop.products - ');
    expect((await runCli(['check'], env)).stderr).toContain('; ./weir init writes one');
  });

  it('calls itself weir rather than something that no shell would take for a word', async () => {
    const { stdout } = await runCli(['--help'], { WEIR_COMMAND: 'a; b' });
    expect(stdout).toMatch(/^Usage: weir /);
  });

  it.each([
    [['sevre'], "weir: unknown command 'sevre'"],
    [['serve', '--confg', 'x'], "weir: unknown option '--confg'"],
    [['token', 'x'], 'weir: required option'],
    [['serve'], 'weir: which configuration?'],
  ])('begins what it says about %j with its name', async (argv, told) => {
    expect((await runCli(argv)).stderr.startsWith(told)).toBe(true);
  });

  it('says how a configuration is given to whoever gave it as an argument', async () => {
    const { exitCode, stderr } = await runCli(['check', 'weir.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--config FILE');
  });

  it.each(
    [
      ...[['init'], ['key', 'new'], ['topology', 'export'], ['cache', 'purge']],
      ...['set', 'unset', 'apply', 'pause', 'resume'].map((verb) => ['limits', verb]),
    ].map((verb) => [verb]),
  )('weir %j changes something, and can be tried without', async (verb) => {
    expect((await runCli([...verb, '--help'])).stdout).toMatch(/^ {2}--dry-run {2}/m);
  });

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

  it('is not changed by the variables of the command line itself', async () => {
    const env = { WEIR_CREDENTIAL: 'weir_a', WEIR_ADMIN_KEY: 'weir_b', WEIR_COMMAND: './weir' };
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

  const hashOf = (file: string): string =>
    `sha256:${createHash('sha256').update(readFileSync(file, 'utf8').trim()).digest('hex')}`;

  it('writes the credential to a file of its owner, and prints the hash alone', async () => {
    const file = writeConfig('');
    rmSync(file);
    const { exitCode, stdout, stderr } = await runCli(['key', 'new', '--credential-file', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${hashOf(file)}\n` });
    expect(readFileSync(file, 'utf8')).toMatch(/^weir_[A-Za-z0-9_-]{43}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(stderr).not.toContain('weir_');
  });

  it('tells the hash and the file as JSON', async () => {
    const file = writeConfig('');
    const argv = ['key', 'new', '--credential-file', file, '--force', '--json'];
    const { stdout } = await runCli(argv);
    expect(JSON.parse(stdout)).toEqual({ hash: hashOf(file), credentialFile: file });
  });

  it.each([[[]], [['--dry-run']]])('writes over no file with %j', async (more) => {
    const file = writeConfig('mine');
    const run = await runCli(['key', 'new', '--credential-file', file, ...more]);
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('says what it would do in a dry run, and writes nothing', async () => {
    const file = writeConfig('mine');
    const run = await runCli(['key', 'new', '--credential-file', file, '--force', '--dry-run']);
    expect(run).toMatchObject({ exitCode: 0, stdout: '' });
    expect(run.stderr).toContain(file);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it.each([['--force'], ['--dry-run']])('has no use for %s without a file', async (option) => {
    expect(await runCli(['key', 'new', option])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
