import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { runCli } from '../../support/run-cli.ts';

const verbs = [[], ['serve'], ['key'], ['key', 'new'], ['config'], ['config', 'print']];

describe('the command line', () => {
  it.each(verbs.map((verb) => [verb]))('weir %j has a help with two examples', async (verb) => {
    const { exitCode, stdout, stderr } = await runCli([...verb, '--help']);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.split('Examples:\n')[1]?.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^ {2}\S.*weir |^ {2}weir /),
      expect.stringMatching(/^ {2}\S.*weir |^ {2}weir /),
    ]);
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
    [['serve'], 'a required option missing'],
    [['serve', '--confg', 'x'], 'an unknown option'],
    [['key', 'new', 'x'], 'an argument too many'],
  ])('ends %j with 2 and says why on stderr: %s', async (argv) => {
    const { exitCode, stdout, stderr } = await runCli(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });

  it.each([[['serve']], [['config', 'print']]])(
    'ends %j with 2 on an invalid configuration',
    async (verb) => {
      const file = writeConfig(goodConfig.replace('port', 'prot'));
      const { exitCode, stdout, stderr } = await runCli([...verb, '--config', file]);
      expect(exitCode).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toBe(
        `${file}:1:26: unknown key "prot" in data (known are host, port; did you mean port?)\n`,
      );
    },
  );
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

describe('config print', () => {
  const credentialHash = `sha256:${'ab'.repeat(32)}`;
  const withKey = goodConfig
    .replace('trusted', 'keys')
    .replace('class: frontend', `class: frontend\n    keyHashes: ['${credentialHash}']`);

  it('shows what is in effect, defaults and overrides included, hashes masked', async () => {
    const argv = [
      'config',
      'print',
      '--json',
      '--config',
      writeConfig(withKey),
      '--set',
      'bounds.timeout=3s',
    ];
    const { exitCode, stdout, stderr } = await runCli(argv, { WEIR_DATA__PORT: '9090' });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      data: { host: '127.0.0.1', port: 9090 },
      admin: { port: 8081 },
      bounds: { timeout: '3s', bodySize: '1MiB' },
      applications: { storefront: { keyHashes: ['sha256:abababab…'] } },
    });
    expect(stdout).not.toContain(credentialHash);
  });

  it('prints YAML that is a configuration again', async () => {
    const { stdout } = await runCli(['config', 'print', '--config', writeConfig(goodConfig)]);
    const again = await runCli(['config', 'print', '--config', writeConfig(stdout)]);
    expect(again).toEqual({ exitCode: 0, stdout, stderr: '' });
  });
});
