import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, refusalOf, writeConfig } from '../../support/config-file.ts';

const broken = [
  {
    why: 'a guard of a class that nobody belongs to',
    add: 'guard: { target: 60ms, slows: [backed] }',
    message: 'weir.yaml:9:32: guard.slows.0 is no class (known are frontend)',
  },
  {
    why: 'a guard that slows whom it protects',
    add: 'guard: { target: 60ms, protects: [frontend], slows: [frontend] }',
    message:
      'weir.yaml:9:53: guard.slows has frontend, which is protected (a class is either protected or slowed)',
  },
  {
    why: 'a guard whose target no look-up can miss, since it would have timed out',
    add: '  job: { class: backend, tables: { shop.products: [scan] } }\nbounds: { timeout: 2s }\nguard: { target: 2s }',
    message:
      'weir.yaml:11:18: guard.target is not below bounds.timeout (no look-up takes longer than 2s, and nobody would ever be slowed)',
  },
  {
    why: 'a reserve of an unknown class',
    add: 'limits: { read: { rate: 5, reserve: { frontent: 3 } } }',
    message:
      'weir.yaml:9:49: limits.read.reserve.frontent is no class (known are frontend; did you mean frontend?)',
  },
  {
    why: 'a reserve that leaves nothing',
    add: 'limits: { read: { rate: 5, reserve: { frontend: 5 } } }',
    message:
      'weir.yaml:9:37: limits.read.reserve leaves nothing (5 of 5 units a second: other classes could do nothing)',
  },
  {
    why: 'a reserve of what is no limit of the fleet',
    add: 'classes: { frontend: { datacenters: [us-east-1-frontend], limits: { read: { rate: 5, reserve: { frontend: 3 } } } } }',
    message:
      'weir.yaml:9:95: classes.frontend.limits.read.reserve has no use here (kept for classes is a part of limits.read, limits.write or limits.scan)',
  },
  {
    why: 'a time to settle out of range',
    add: 'tables: { shop.products: { settle: 2m } }',
    message: 'weir.yaml:9:36: tables.shop.products.settle is out of range (from 0s to 60s)',
  },
  {
    why: 'scans without a time',
    add: 'scans: { maxDuration: 0s }',
    message: 'weir.yaml:9:23: scans.maxDuration is out of range (from 1s to 24h)',
  },
  {
    why: 'a key of cursors that is not there',
    add: 'cursorKeyFiles: [no-such-file.key]',
    message: 'weir.yaml:9:18: cursorKeyFiles.0 cannot be read (there is no such file)',
  },
] satisfies readonly { why: string; add: string; message: string }[];

const backend = `  nightly-report:
    class: backend
    tables: { shop.products: [read, write, scan] }
`;
const key = 'k'.repeat(32);
const otherKey = 'o'.repeat(32);

describe('what is for batch jobs', () => {
  it.each(broken)('$why', ({ add, message }) => {
    expect(refusalOf(`${goodConfig}${add}\n`)).toBe(message);
  });

  it('has a guard of the two usual classes, unless others are named', () => {
    const file = writeConfig(`${goodConfig}${backend}guard: { target: 60ms }\n`);
    expect(loadConfig({ file, env: {} }).guard).toEqual({
      targetMs: 60,
      min: 0.1,
      protects: ['frontend'],
      slows: ['backend'],
    });
  });

  it('has no guard without being told to', () => {
    expect(loadConfig({ file: writeConfig(goodConfig), env: {} }).guard).toBeUndefined();
  });

  it('keeps a reserve apart from the limit that it is a part of', () => {
    const file = writeConfig(
      `${goodConfig}limits: { read: { rate: 60, reserve: { frontend: 40 } }, scan: { rate: 5 } }\n`,
    );
    const { reserves, limits } = loadConfig({ file, env: {} });
    expect(reserves).toEqual(new Map([['read', new Map([['frontend', 40]])]]));
    expect(limits.get('fleet:all/read')).not.toHaveProperty('reserve');
    expect(limits.get('fleet:all/read')?.rate).toBe(60);
  });

  it('reads the keys of cursors, the first one first', () => {
    const file = writeConfig(`${goodConfig}cursorKeyFiles: [new.key, old.key]\n`, {
      'new.key': `${key}\n`,
      'old.key': otherKey,
    });
    expect(loadConfig({ file, env: {} }).cursorKeys).toEqual([key, otherKey]);
  });

  it.each([
    ['too short a key', { 'a.key': 'short', 'b.key': otherKey }, 'cursorKeyFiles.0 holds too short a key'],
    ['the same key twice', { 'a.key': key, 'b.key': key }, 'cursorKeyFiles.1 holds the key of another file'],
    ['an empty file', { 'a.key': key, 'b.key': '' }, 'cursorKeyFiles.1 is empty'],
  ])('refuses %s for cursors', (_, others, message) => {
    const refusal = refusalOf(`${goodConfig}cursorKeyFiles: [a.key, b.key]\n`, { others });
    expect(refusal).toContain(message);
    expect(refusal).not.toContain('short\n');
  });

  it('is not writable and settles for two seconds, unless a table says so', () => {
    const file = writeConfig(
      `${goodConfig}tables: { shop.products: {}, shop.orders: { writable: true, settle: 5s } }\n`,
    );
    const { tables } = loadConfig({ file, env: {} });
    expect(tables.get('shop.products')).toMatchObject({ writable: false, settleMs: 2_000 });
    expect(tables.get('shop.orders')).toMatchObject({ writable: true, settleMs: 5_000 });
  });
});
