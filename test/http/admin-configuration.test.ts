import { describe, expect, it } from 'vitest';
import type { ConfigFault } from '../../src/core/administration.ts';
import { configView, createAdminApp } from './admin-app-fixture.ts';

const fault: ConfigFault = {
  file: 'weir.yaml',
  line: 3,
  column: 9,
  path: ['tables', 'shop/x.y', 'groping'],
  what: 'unknown key',
  why: 'a table has no such setting',
  nearest: 'grouping',
};

describe('GET /admin/v1/config', () => {
  it('gives the settings in force with their origins', async () => {
    const { ask } = createAdminApp();
    const response = await ask('GET', '/admin/v1/config');
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.json()).toEqual(configView);
  });

  it('answers HEAD', async () => {
    const { ask } = createAdminApp();
    expect((await ask('HEAD', '/admin/v1/config')).statusCode).toBe(200);
  });
});

describe('POST /admin/v1/config/validate', () => {
  it.each(['application/yaml', 'text/yaml', 'application/yaml; charset=utf-8'])(
    'hands the text of %s on as it is',
    async (media) => {
      const texts: string[] = [];
      const { ask } = createAdminApp({
        administration: {
          validateConfig: (yaml) => {
            texts.push(yaml);
            return [];
          },
        },
      });
      const payload = 'data: {port: 8080} # größer\n';
      const response = await ask('POST', '/admin/v1/config/validate', {
        headers: { 'content-type': media },
        payload,
      });
      expect(response.json()).toEqual({ valid: true, faults: [] });
      expect(texts).toEqual([payload]);
    },
  );

  it('tells every fault with its place, and is 200: the question was answered', async () => {
    const faults = [fault, { file: 'environment variable WEIR_X', path: [], what: 'w', why: 'y' }];
    const { ask } = createAdminApp({ administration: { validateConfig: () => faults } });
    const response = await ask('POST', '/admin/v1/config/validate', {
      headers: { 'content-type': 'application/yaml' },
      payload: 'x',
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ valid: false, faults });
  });

  it('lists no more than a hundred faults', async () => {
    const faults = Array.from({ length: 300 }, () => fault);
    const { ask } = createAdminApp({ administration: { validateConfig: () => faults } });
    const response = await ask('POST', '/admin/v1/config/validate', {
      headers: { 'content-type': 'application/yaml' },
      payload: 'x',
    });
    expect(response.json().faults).toHaveLength(100);
  });

  it.each([
    ['JSON', 'application/json', '{}', 415, 'must be application/yaml or text/yaml'],
    ['what is not UTF-8', 'application/yaml', Buffer.from([0x64, 0xff]), 400, 'not UTF-8'],
    ['more than a mebibyte', 'application/yaml', `# ${'x'.repeat(1_048_576)}`, 413, 'more bytes'],
    ['nothing', undefined, undefined, 400, 'no body'],
  ] as const)('refuses %s', async (_what, media, payload, status, words) => {
    const { ask } = createAdminApp();
    const response = await ask('POST', '/admin/v1/config/validate', {
      ...(media === undefined ? {} : { headers: { 'content-type': media } }),
      ...(payload === undefined ? {} : { payload }),
    });
    expect(response.statusCode).toBe(status);
    expect(response.json().detail).toContain(words);
  });
});

describe('POST /admin/v1/config/reload', () => {
  it('tells what it has done', async () => {
    const report = { outcome: 'applied', applied: ['log.level'], pendingRestart: ['data.port'] } as const;
    const { ask } = createAdminApp({ administration: { reloadConfig: async () => report } });
    const response = await ask('POST', '/admin/v1/config/reload');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(report);
  });

  it('is 422 when the configuration has faults, each by its path', async () => {
    const faults = [fault, { file: 'weir.yaml', path: ['data'], what: 'w', why: 'y' }];
    const { ask } = createAdminApp({
      administration: { reloadConfig: async () => ({ outcome: 'refused', faults }) },
    });
    const response = await ask('POST', '/admin/v1/config/reload');
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({
      type: '/problems/invalid-configuration',
      errors: [
        {
          pointer: '/tables/shop~1x.y/groping',
          detail: 'weir.yaml:3:9: unknown key (a table has no such setting; did you mean grouping?)',
        },
        { pointer: '/data', detail: 'weir.yaml: w (y)' },
      ],
    });
  });

  it.each(['{}', undefined])('takes the body %s', async (payload) => {
    const { ask, changes } = createAdminApp();
    const response = await ask('POST', '/admin/v1/config/reload', {
      ...(payload === undefined ? {} : { payload, headers: { 'content-type': 'application/json' } }),
    });
    expect(response.statusCode).toBe(200);
    expect(changes.reload).toBe(1);
  });

  it.each([
    ['{"force":true}', [{ pointer: '/force', detail: 'is not a field of this request' }]],
    ['[]', [{ pointer: '', detail: 'must be of the type object' }]],
  ])('refuses the body %s and reloads nothing', async (payload, errors) => {
    const { ask, changes } = createAdminApp();
    const headers = { 'content-type': 'application/json' };
    const response = await ask('POST', '/admin/v1/config/reload', { payload, headers });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ errors });
    expect(changes.reload).toBe(0);
  });
});
