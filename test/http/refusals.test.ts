import { describe, expect, it } from 'vitest';
import { defaultBounds } from '../../src/core/reads/settings.ts';
import { createDataApp } from './data-app-fixture.ts';

describe('a body that cannot be read', () => {
  it.each<[string | Buffer, string]>([
    ['{"keys":', 'cut off'],
    ['keys', 'not JSON'],
    ['', 'empty'],
    ['{"keys":[{"__proto__":{"sku":1}}]}', 'poisons a prototype'],
    ['{"keys":[{"\\u005f_proto__":1}]}', 'poisons a prototype, escaped'],
    [Buffer.from([0x22, 0xff, 0x22]), 'not UTF-8'],
    [Buffer.from('{"keys":["sku"]}', 'utf16le'), 'UTF-16'],
  ])('%j is 400: %s', async (payload) => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ payload });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ type: '/problems/invalid-request', status: 400 });
    expect(calls).toEqual([]);
  });

  it('leaves prototypes alone', async () => {
    const { lookUp } = createDataApp();
    await lookUp({ payload: '{"__proto__":{"polluted":true}}' });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('is refused without a word of it', async () => {
    const { lookUp, log } = createDataApp();
    const response = await lookUp({ payload: '{"keys":["zq7-secret" "zq7-secret"]}' });
    expect(response.body + log()).not.toContain('zq7-secret');
  });

  it('may be nested as deep as the bytes allow', async () => {
    const { lookUp, calls } = createDataApp();
    const depth = 100_000;
    const response = await lookUp({ payload: '['.repeat(depth) + ']'.repeat(depth) });
    expect(response.statusCode).toBe(200);
    expect(calls).toHaveLength(1);
  });
});

describe('the size of a body', () => {
  const bodyOf = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2));

  it('is taken up to the bound', async () => {
    const { lookUp } = createDataApp();
    expect((await lookUp({ payload: bodyOf(defaultBounds.bodyBytes) })).statusCode).toBe(200);
  });

  it('is 413 one byte beyond', async () => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ payload: bodyOf(defaultBounds.bodyBytes + 1) });
    expect(response.statusCode).toBe(413);
    expect(response.json().type).toBe('/problems/too-large');
    expect(calls).toEqual([]);
  });
});

describe('the media type of a body', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    '%s is taken',
    async (type) => {
      const { lookUp } = createDataApp();
      expect((await lookUp({ headers: { 'content-type': type } })).statusCode).toBe(200);
    },
  );

  it.each([
    'text/plain',
    'text/json',
    'application/xml',
    'application/vnd.api+json',
    'multipart/form-data; boundary=x',
    'json',
    '',
  ])('%j is 415', async (type) => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ headers: { 'content-type': type } });
    expect(response.statusCode).toBe(415);
    expect(response.json().type).toBe('/problems/unsupported-media-type');
    expect(calls).toEqual([]);
  });

  it('is 415 when the body is compressed', async () => {
    const { lookUp } = createDataApp();
    const response = await lookUp({ headers: { 'content-encoding': 'gzip' } });
    expect(response.statusCode).toBe(415);
    expect(response.json().detail).toContain('Content-Encoding');
  });
});

describe('an address that is not served', () => {
  it.each<['GET' | 'PUT' | 'POST', string, string]>([
    ['GET', '/', 'nothing there'],
    ['POST', '/v1/shop/products/truncate', 'another operation'],
    ['POST', `/v1/${'k'.repeat(300)}/products/lookup`, 'a name longer than any'],
    ['GET', '/problems/nonsense', 'no such problem'],
    ['GET', '/problems/toString', 'a name that every object has'],
    ['GET', '/metrics', 'of the admin port'],
  ])('%s %s is 404: %s', async (method, url) => {
    const { app } = createDataApp();
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({ type: '/problems/not-found', status: 404 });
  });

  it('is 404 whatever the body is', async () => {
    const { app } = createDataApp();
    const headers = { 'content-type': 'text/plain' };
    const response = await app.inject({ method: 'POST', url: '/nowhere', headers, payload: 'x' });
    expect(response.statusCode).toBe(404);
  });

  it('is not repeated in the answer', async () => {
    const { app, log } = createDataApp();
    const response = await app.inject({ method: 'GET', url: '/v1/zq7-secret?zq7-secret=1' });
    expect(response.body + log()).not.toContain('zq7-secret');
  });

  it('is 400 when it is malformed', async () => {
    const { app } = createDataApp();
    const response = await app.inject({ method: 'POST', url: '/v1/%zz/products/lookup' });
    expect(response.statusCode).toBe(400);
    expect(response.json().type).toBe('/problems/invalid-request');
  });
});

describe('a method that an address does not take', () => {
  it.each<['GET' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS' | 'HEAD', string, string]>([
    ['GET', '/v1/shop/products/lookup', 'POST'],
    ['HEAD', '/v1/shop/products/lookup', 'POST'],
    ['PUT', '/v1/shop/products/lookup?x=1', 'POST'],
    ['POST', '/v1/shop/products/row', 'GET, HEAD'],
    ['DELETE', '/v1/shop/products', 'GET, HEAD'],
    ['POST', '/livez', 'GET, HEAD'],
    ['OPTIONS', '/v1/shop/products/lookup', 'POST'],
  ])('%s %s is 405 with Allow: %s', async (method, url, allow) => {
    const { app } = createDataApp();
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe(allow);
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  it('is told as a problem', async () => {
    const { app } = createDataApp();
    const response = await app.inject({ method: 'PUT', url: '/v1/shop/products/lookup' });
    expect(response.json()).toMatchObject({
      type: '/problems/method-not-allowed',
      status: 405,
      detail: 'the address takes POST',
    });
  });

  it('gives a browser no leave to call from a page of another site', async () => {
    const { app } = createDataApp();
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    const response = await app.inject({ method: 'OPTIONS', url: '/v1/shop/products/lookup', headers });
    const names = Object.keys(response.headers).filter((name) => name.startsWith('access-control'));
    expect(names).toEqual([]);
  });
});
