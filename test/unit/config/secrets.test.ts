import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../../src/config/config-error.ts';
import { type ConfigSources, loadConfigAndSettings } from '../../../src/config/load.ts';
import { maskSettings } from '../../../src/config/masked-settings.ts';
import { goodConfig, reference, refusalOf, writeConfig } from '../../support/config-file.ts';

const secret = 'hunter2';

function withLogIn(logIn: string): string {
  const cassandra = `cassandra: { contactPoints: [10.0.0.1], datacenter: a, ${logIn} }\n`;
  return goodConfig.replace(/cassandra:\n.*\n/, () => cassandra);
}

const others = { password: `${secret}\n`, user: 'weir\n', empty: '\n' };

function load(text: string, env: Record<string, string>) {
  return loadConfigAndSettings({ file: writeConfig(text, others), env });
}

function messageOf(text: string, sources: Pick<Partial<ConfigSources>, 'env' | 'flags'> = {}): string {
  return refusalOf(text, { ...sources, others });
}

describe('the log-in', () => {
  it.each([
    ['username: weir, passwordFile: password', {}],
    ['usernameFile: user, passwordFile: password', {}],
    [`username: weir, password: "${reference('CASSANDRA_PASSWORD')}"`, { CASSANDRA_PASSWORD: secret }],
    ['username: weir', { WEIR_CASSANDRA__PASSWORD: secret }],
  ])('is taken from %s', (logIn, env) => {
    const { config } = load(withLogIn(logIn), env);
    expect(config.cassandra).toMatchObject({ login: { username: 'weir', password: secret } });
  });

  it.each([
    [`username: weir, password: ${secret}`, 'weir.yaml:2:82: cassandra.password is written out'],
    [
      `username: weir, password: "${reference(`NONE:-${secret}`)}"`,
      'weir.yaml:2:82: cassandra.password is written out',
    ],
    [
      'username: weir, usernameFile: user, passwordFile: password',
      'weir.yaml:2:86: cassandra.usernameFile has no use beside username',
    ],
    ['passwordFile: password', 'weir.yaml:2:70: cassandra.passwordFile needs username or usernameFile'],
    ['username: weir, passwordFile: empty', 'weir.yaml:2:86: cassandra.passwordFile is empty'],
    ['username: weir, passwordFile: ../', 'weir.yaml:2:86: cassandra.passwordFile cannot be read'],
  ])('%s is refused', (logIn, message) => {
    expect(messageOf(withLogIn(logIn))).toContain(message);
  });

  it('names the files that may yet come, where one is missing', () => {
    const file = writeConfig(withLogIn('username: weir, passwordFile: none'));
    try {
      loadConfigAndSettings({ file, env: {} });
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).files).toEqual([join(dirname(file), 'none')]);
    }
  });

  it('is not waited for at a pipe', () => {
    const file = writeConfig(withLogIn('username: weir, passwordFile: pipe'));
    execFileSync('mkfifo', [join(dirname(file), 'pipe')]);
    expect(() => loadConfigAndSettings({ file, env: {} })).toThrow('it is no regular file');
  });

  it('is refused as a flag, which every process on the machine may see', () => {
    const message = messageOf(withLogIn('username: weir'), { flags: [`cassandra.password=${secret}`] });
    expect(message).toContain('flag --set cassandra.password: cassandra.password is given as a flag');
    expect(message).not.toContain(secret);
  });

  it('has no use on the embedded ring', () => {
    const text = goodConfig.replace('embedded:', 'username: weir\n  passwordFile: password\n  embedded:');
    expect(messageOf(text)).toContain('cassandra.username has no use here');
    expect(messageOf(text)).toContain('cassandra.passwordFile has no use here');
  });

  it('is shown without its password, whatever its length', () => {
    const { settings } = load(withLogIn('username: weir'), { WEIR_CASSANDRA__PASSWORD: secret });
    expect(maskSettings(settings)).toMatchObject({ cassandra: { username: 'weir', password: '…' } });
  });
});

describe('an error never quotes', () => {
  it.each([
    ['an unquoted *', `password: *${secret}`],
    ['an unquoted !', `password: !${secret}`],
    ['an unquoted %', `password: %${secret}`],
    ['an unquoted |', `password: |${secret}`],
    ['an unquoted @', `password: @${secret}`],
    ['an unclosed quote', `password: "${secret}`],
    ['a wrong escape', `password: "\\y${secret}"`],
    ['text after a quote', `password: "x" ${secret}`],
    ['a wrong type', `password: [${secret}]`],
    ['a wrong key', `passwort: ${secret}`],
    ['a value of another key', `tls: ${secret}`],
    ['a tls setting', `tls: { verify: ${secret} }`],
    ['a path', `passwordFile: /${secret}`],
    ['a list', `contactPoints: ["${secret} "]`],
  ])('what follows %s', (_, line) => {
    const message = messageOf(withLogIn(line));
    expect(message).not.toBe('accepted');
    expect(message).not.toContain(secret);
  });

  it('what a variable holds', () => {
    for (const value of [secret, '', `${secret}${'x'.repeat(2_000)}`]) {
      const env = { CASSANDRA_PASSWORD: value, PORT: secret };
      const text = withLogIn(`password: "${reference('CASSANDRA_PASSWORD')}"`).replace(
        '8080',
        `"${reference('PORT')}"`,
      );
      const message = messageOf(text, { env });
      expect(message).toContain('data.port must be a whole number');
      expect(message).not.toContain(secret);
    }
  });
});
