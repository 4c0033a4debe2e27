import { describe, expect, it } from 'vitest';
import type { ConfigView } from '../../src/core/administration.ts';
import {
  closedAccess,
  configView,
  createAdminApp,
  operatorPrefix,
  viewerKey,
  viewerPrefix,
} from './admin-app-fixture.ts';

const json = { 'content-type': 'application/json', 'x-request-id': 'r-1' };
const operator = { requestId: 'r-1', role: 'operator', key: operatorPrefix, address: '127.0.0.1' };

describe('the audit lines', () => {
  it('tell who set the level of the log, before and after', async () => {
    const { ask, audit } = createAdminApp();
    await ask('PUT', '/admin/v1/log-level', { headers: json, payload: '{"level":"debug"}' });
    expect(audit()).toMatchObject([
      {
        ...operator,
        change: 'log-level',
        outcome: 'done',
        before: 'info',
        after: 'debug',
        msg: 'admin change',
      },
    ]);
    expect(audit()).toHaveLength(1);
  });

  it('tell who began the shutdown', async () => {
    const { ask, audit } = createAdminApp();
    await ask('POST', '/admin/v1/drain', { headers: { 'x-request-id': 'r-1' } });
    expect(audit()).toMatchObject([
      {
        ...operator,
        change: 'drain',
        outcome: 'done',
        before: { ready: true },
        after: { ready: false, inFlight: 3 },
      },
    ]);
  });

  it('tell the settings that a reload has changed', async () => {
    const after: ConfigView = {
      ...configView,
      settings: { data: { port: 8080 }, tables: { 'shop.products': { grouping: 'key' } }, log: {} },
    };
    let view = configView;
    const key = 'tables.shop.products.grouping';
    const { ask, audit } = createAdminApp({
      administration: {
        config: () => view,
        reloadConfig: async () => {
          view = after;
          return { outcome: 'applied', applied: [key, 'log'], pendingRestart: ['data.port'] };
        },
      },
    });
    await ask('POST', '/admin/v1/config/reload', { headers: { 'x-request-id': 'r-1' } });
    expect(audit()).toMatchObject([
      {
        ...operator,
        change: 'config-reload',
        outcome: 'done',
        before: { [key]: 'owner', log: null },
        after: { [key]: 'key', log: {}, pendingRestart: ['data.port'] },
      },
    ]);
  });

  it('tell of a reload that was refused', async () => {
    const { ask, audit } = createAdminApp({
      administration: { reloadConfig: async () => ({ outcome: 'refused', faults: [] }) },
    });
    await ask('POST', '/admin/v1/config/reload');
    expect(audit()).toMatchObject([
      { change: 'config-reload', outcome: 'refused', problem: 'invalid-configuration' },
    ]);
  });

  it.each([
    ['without a key', undefined, {}, { problem: 'unauthenticated' }],
    ['with an unknown key', 'zq7-secret', {}, { problem: 'unauthenticated' }],
    ['as a viewer', viewerKey, {}, { problem: 'role-required', role: 'viewer', key: viewerPrefix }],
    ['from another site', viewerKey, { origin: 'null' }, { problem: 'cross-origin', key: viewerPrefix }],
    ['under another name', viewerKey, { host: 'zq7-secret' }, { problem: 'host-not-allowed' }],
  ])('tell of a change that was refused %s', async (_how, key, headers, line) => {
    const { ask, audit, log } = createAdminApp();
    await ask('POST', '/admin/v1/drain', { key, headers });
    expect(audit()).toMatchObject([{ change: 'drain', outcome: 'refused', ...line }]);
    expect(log()).not.toContain('zq7-secret');
    expect(log()).not.toContain(viewerKey);
  });

  it('tell of a change with a malformed body, without the body', async () => {
    const { ask, audit, log } = createAdminApp();
    await ask('PUT', '/admin/v1/log-level', { headers: json, payload: '{"level":"zq7-secret"}' });
    expect(audit()).toMatchObject([{ ...operator, change: 'log-level', problem: 'invalid-request' }]);
    expect(log()).not.toContain('zq7-secret');
  });

  it('tell of a change that failed', async () => {
    const { ask, audit } = createAdminApp({
      administration: {
        drain: () => {
          throw new RangeError('zq7-secret');
        },
      },
    });
    expect((await ask('POST', '/admin/v1/drain')).statusCode).toBe(500);
    expect(audit()).toMatchObject([{ change: 'drain', outcome: 'refused', problem: 'internal' }]);
  });

  it('are written after the log was turned down at run time from the level of the lines themselves', async () => {
    const { ask, audit, logger } = createAdminApp({ logLevel: 'info' });
    logger.level = 'warn';
    await ask('POST', '/admin/v1/drain');
    expect(audit()).toHaveLength(1);
  });

  it.each(['silent', 'fatal'])('are written where the log stands at %s', async (logLevel) => {
    const { ask, audit } = createAdminApp({ logLevel });
    await ask('POST', '/admin/v1/drain');
    expect(audit()).toHaveLength(1);
  });

  it('are not written for what changes nothing', async () => {
    const { ask, audit } = createAdminApp({ access: () => ({ ...closedAccess, viewer: new Set() }) });
    await ask('GET', '/admin/v1/config', { key: viewerKey });
    await ask('GET', '/admin/v1/config');
    await ask('POST', '/admin/v1/config/validate', {
      headers: { 'content-type': 'text/yaml' },
      payload: 'x',
    });
    expect(audit()).toEqual([]);
  });
});
