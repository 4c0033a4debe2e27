import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goodConfig, writeConfig } from '../../support/config-file.ts';

/** Runs the entry as a process that believes itself to be the Node of that version. */
function runMain(
  version: string,
  argv: readonly string[],
  folder = '.',
): Promise<{ code: number; stdout: string; stderr: string }> {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
  const nodeArguments = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    resolve('src/main.ts'),
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeArguments, ...argv], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

// Each starts a process: on a busy machine that takes longer than a test is usually given.
describe('the entry', { timeout: 60_000 }, () => {
  it('refuses an old Node in one line', async () => {
    expect(await runMain('20.20.2', ['--version'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'weir: needs Node 24 or newer, and this is Node 20.20.2\n',
    });
  });

  it.each([
    [['--version'], 0],
    [['no-such-verb'], 2],
  ])('ends %j with the code of the command line', async (argv, code) => {
    expect(await runMain('24.0.0', argv)).toMatchObject({ code });
  });

  it('takes the weir.yaml of the folder it is started in, and says so', async () => {
    const folder = dirname(writeConfig(goodConfig));
    const { code, stdout, stderr } = await runMain('24.0.0', ['config', 'print', '--json'], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'weir: using weir.yaml\n' });
    expect(JSON.parse(stdout)).toMatchObject({ data: { host: '127.0.0.1', port: 8080 } });
  });
});

/** Runs the script of a checkout as a shell would. */
function runScript(command: string, folder: string, path: string): Promise<string> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: `${path}:${process.env['PATH'] ?? ''}` };
    execFile('sh', ['-c', `${command} key --help`], { cwd: folder, env }, (_, stdout) => resolve(stdout));
  });
}

describe('the script of a checkout', { timeout: 60_000 }, () => {
  it.each([
    ['./weir', '.', '/bin', './weir'],
    ['../weir', 'src', '/bin', '../weir'],
    ['weir', 'src', resolve('.'), 'weir'],
  ])(
    'started as %s in %s with %s on the path shows examples with %s',
    async (command, folder, path, shown) => {
      const help = await runScript(command, folder, path);
      expect(help).toContain(`\n  ${shown} key new\n`);
    },
  );
});
