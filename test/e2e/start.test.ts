import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../support/project-files.ts';

const run = promisify(execFile);
const started: { kill: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const { kill } of started.splice(0)) await kill();
});

interface Served {
  readonly greeting: string;
  readonly dataUrl: string;
  readonly adminUrl: string;
  stop(): Promise<number | null>;
}

/** Starts `weir serve` as its own process on free ports, and waits until it has printed its greeting. */
async function serve(command: readonly string[]): Promise<Served> {
  const [file = '', ...rest] = command;
  const demo = [
    'serve',
    '--config',
    'topology/demo/weir.yaml',
    '--set',
    'data.port=0',
    '--set',
    'admin.port=0',
  ];
  const child = spawn(file, [...rest, ...demo], { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    return (await exited)[0];
  };
  started.push({ kill: async () => void (await stop()) });
  let greeting = '';
  let talk = '';
  child.stderr.on('data', (chunk: Buffer) => {
    talk += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      greeting += chunk.toString();
      if (greeting.includes('curl')) resolve();
    });
    void exited.then(([code]) => reject(new Error(`ended with ${code} before it served: ${talk}`)));
  });
  const url = (name: string): string => new RegExp(`${name}\\s+(http://\\S+)`).exec(greeting)?.[1] ?? '';
  return { greeting, dataUrl: url('data'), adminUrl: url('admin'), stop };
}

describe('weir serve on the demo', () => {
  it('prints a curl that finds 48 of 50 products, and stops when told to', async () => {
    const served = await serve([process.execPath, 'src/main.ts']);
    const line = served.greeting.split('\n').find((each) => each.startsWith('curl')) ?? '';
    const { stdout } = await run('sh', ['-c', line]);
    expect(JSON.parse(stdout).summary).toEqual({ found: 48, missing: 2, error: 0, unprocessed: 0 });
    expect((await fetch(`${served.dataUrl}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${served.adminUrl}/metrics`)).text();
    expect(metrics).toContain(
      'weir_requests_total{app="storefront",operation="read",table="shop.products",code="200"} 1',
    );
    expect(await served.stop()).toBe(0);
  });
});

describe('the package', () => {
  it('is built to JavaScript that serves under plain Node', async () => {
    await run('npm', ['run', 'build'], { cwd: projectRoot });
    const served = await serve([process.execPath, path.join('dist', 'main.js')]);
    const body = JSON.stringify({ keys: ['sku-1', 'no-such-sku'] });
    const headers = { 'content-type': 'application/json', 'x-weir-app': 'storefront' };
    const response = await fetch(`${served.dataUrl}/v1/shop/products/lookup`, {
      method: 'POST',
      headers,
      body,
    });
    const answer = (await response.json()) as { readonly summary: unknown };
    expect(answer.summary).toMatchObject({ found: 1, missing: 1 });
    expect(await served.stop()).toBe(0);
  });

  it('has a lock file that an install from nothing accepts', async () => {
    await expect(run('npm', ['ci', '--dry-run'], { cwd: projectRoot })).resolves.toBeDefined();
  });
});
