import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAdminApp } from './admin-app-fixture.ts';

async function readPage(url: string) {
  return createAdminApp().ask('GET', url, { key: undefined });
}

describe('the page of the admin port', () => {
  it('is the same for everyone and tells the version', async () => {
    const response = await readPage('/');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).toContain('version 1.2.3');
  });

  it('links only to what there is', async () => {
    const { ask } = createAdminApp();
    const { body } = await ask('GET', '/');
    const addresses = [...body.matchAll(/href="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(5);
    for (const address of addresses) expect((await ask('GET', address)).statusCode).toBe(200);
  });

  it('has no script and nothing of another host', async () => {
    const { body } = await readPage('/');
    expect(body).not.toMatch(/<script|https?:|src=/i);
  });

  it('may load nothing, and be framed by nobody', async () => {
    const { body, headers } = await readPage('/');
    const style = /<style>(.*)<\/style>/.exec(body)?.[1] ?? '';
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });
});

describe('/docs of the admin port', () => {
  it('loads only what this port serves', async () => {
    const { ask } = createAdminApp();
    const { body, statusCode } = await ask('GET', '/docs', { key: undefined });
    expect(statusCode).toBe(200);
    const addresses = [...body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      expect(address).toMatch(/^\/(?!\/)/);
      expect((await ask('GET', address, { key: undefined })).statusCode).toBe(200);
    }
  });
});
