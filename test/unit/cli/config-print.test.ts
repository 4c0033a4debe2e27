import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { runVerb } from '../../support/run-cli.ts';

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
    const { exitCode, stdout, stderr } = await runVerb(argv, { env: { WEIR_DATA__PORT: '9090' } });
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
    const { stdout } = await runVerb(['config', 'print', '--config', writeConfig(goodConfig)]);
    const again = await runVerb(['config', 'print', '--config', writeConfig(stdout)]);
    expect(again).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it('tells of each setting where it came from, and what a change takes', async () => {
    const file = writeConfig(withKey);
    const argv = ['config', 'print', '--origins', '--json', '-c', file, '--set', 'bounds.timeout=3s'];
    const { stdout } = await runVerb(argv, { env: { WEIR_DATA__PORT: '9090' } });
    const origins = JSON.parse(stdout) as { path: string[] }[];
    const originOf = (path: string) => origins.find((origin) => origin.path.join('.') === path);
    expect(originOf('data.host')).toMatchObject({
      source: 'file',
      place: `${file}:1:15`,
      reloadable: false,
      value: '127.0.0.1',
    });
    expect(originOf('data.port')).toMatchObject({ source: 'environment', value: 9090 });
    expect(originOf('bounds.timeout')).toMatchObject({ source: 'flag', value: '3s' });
    expect(originOf('admin.port')).toMatchObject({ source: 'default', place: '', value: 8081 });
    expect(stdout).not.toContain(credentialHash);
  });

  it('tells origins in a table for people', async () => {
    const { stdout } = await runVerb(['config', 'print', '--origins', '-c', writeConfig(goodConfig)]);
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^setting +value +from +a change takes effect$/);
    expect(lines.find((line) => line.startsWith('admin.port '))).toMatch(
      /^admin\.port +8081 +default +at a restart$/,
    );
  });
});

describe('config schema', () => {
  it('prints the schema that editors are pointed to', async () => {
    const { exitCode, stdout } = await runVerb(['config', 'schema']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('topology/weir.schema.json', 'utf8')));
  });

  it('prints it on one line when asked', async () => {
    const { stdout } = await runVerb(['config', 'schema', '--json']);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
  });
});
