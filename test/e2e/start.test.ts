import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../support/project-files.ts';
import { type ServedWeir, type ServeOptions, serveWeir } from '../support/served-weir.ts';

const run = promisify(execFile);
const started: ServedWeir[] = [];

afterEach(async () => {
  for (const served of started.splice(0)) await served.stop();
});

/** The demo of `npm start`, on free ports. */
async function serveDemo(options: ServeOptions = {}): Promise<ServedWeir> {
  const ports = ['--set', 'data.port=0', '--set', 'admin.port=0'];
  const served = await serveWeir(['--config', 'topology/demo/weir.yaml', ...ports], options);
  started.push(served);
  return served;
}

describe('weir serve on the demo', () => {
  it('prints a curl that finds 48 of 50 products, and stops when told to', async () => {
    const served = await serveDemo();
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
    const served = await serveDemo({ program: [process.execPath, path.join('dist', 'main.js')] });
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
