import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSystem } from '../../../src/compose.ts';
import { runVerb } from '../../support/run-cli.ts';
import { startWeirWith } from '../../support/running-weir.ts';

const count = 500;
let system: RunningSystem;

beforeAll(async () => {
  system = await startWeirWith({
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    cassandra: { embedded: { datacenters: { 'us-east-1-frontend': 6 }, seedRows: count } },
    applications: { report: { class: 'frontend', tables: { 'shop.products': ['scan'] } } },
  });
});
afterAll(() => system.stop());

const ask = (verb: string, ...options: readonly string[]) =>
  runVerb([verb, '--table', 'shop.products', '--application', 'report', '--url', system.dataUrl, ...options]);
const skusOf = (stdout: string): string[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).sku);
const all = Array.from({ length: count }, (_, index) => `sku-${index + 1}`).sort();

describe('the verbs of a job, on a running Weir', () => {
  it('tell splits and scan each of them: together they are the table', async () => {
    const { stdout } = await ask('splits', '--target', '5');
    const ranges = [...stdout.matchAll(/^s\d+ +(\S+) /gm)].map(([, range = '']) => range);
    expect(ranges).toHaveLength(5);
    const scans = await Promise.all(ranges.map((range) => ask('scan', '--split', range, '--columns', 'sku')));
    expect(scans.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(scans.flatMap(({ stdout: rows }) => skusOf(rows)).toSorted()).toEqual(all);
  });

  it('scan a whole table, several splits at once', async () => {
    const { exitCode, stdout, stderr } = await ask('scan', '--parallel', '4');
    expect([exitCode, stderr]).toEqual([0, `rows: ${count}\n`]);
    expect(skusOf(stdout).toSorted()).toEqual(all);
  });

  it('stop at a limit and go on from its cursor', async () => {
    const whole = ['--split', '-9223372036854775808,9223372036854775807', '--page-size', '40'];
    const first = await ask('scan', ...whole, '--limit', '123');
    const cursor = /--cursor (\S+)/.exec(first.stderr)?.[1] ?? '';
    expect([first.exitCode, skusOf(first.stdout).length]).toEqual([0, 123]);
    const second = await ask('scan', '--cursor', cursor, '--limit', '1000');
    expect(second.exitCode).toBe(0);
    expect([...skusOf(first.stdout), ...skusOf(second.stdout)].toSorted()).toEqual(all);
  });

  it('scan one partition', async () => {
    expect(skusOf((await ask('scan', '--key', 'sku-7')).stdout)).toEqual(['sku-7']);
  });

  it('refuse a cursor that is none', async () => {
    const { exitCode, stderr } = await ask('scan', '--cursor', 'abc');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('400');
    expect(stderr).not.toContain('--cursor');
  });
});
