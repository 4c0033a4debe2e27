import { describe, expect, it } from 'vitest';
import { startFakeInstance } from '../../support/fake-instance.ts';
import { runVerb } from '../../support/run-cli.ts';

const told = {
  splits: [
    {
      id: 's0',
      start: '-9223372036854775808',
      end: '0',
      owners: ['10.0.0.1', '10.0.0.2'],
      estimatedRows: 40,
    },
    { id: 's1', start: '0', end: '9223372036854775807', owners: [], estimatedRows: 2 },
  ],
  ringEpoch: 4,
};
const argv = (url: string) => ['splits', '--table', 'shop.products', '--url', url, '--application', 'a'];

describe('splits', () => {
  it('asks for them and prints a line each, with a summary beside it', async () => {
    const { url, calls } = await startFakeInstance(() => ({ body: told }));
    expect(await runVerb([...argv(url), '--target', '2'])).toEqual({
      exitCode: 0,
      stdout: [
        'split  range                   partitions  owners',
        's0     -9223372036854775808,0  40          10.0.0.1 10.0.0.2',
        's1     0,9223372036854775807   2',
        '',
      ].join('\n'),
      stderr: '2 splits, about 42 partitions, ring epoch 4\n',
    });
    expect(calls).toMatchObject([
      { method: 'GET', path: '/v1/shop/products/splits?target=2', headers: { 'x-weir-app': 'a' } },
    ]);
  });

  it('leaves the number of splits to Weir, and what nobody estimates out', async () => {
    const unknown = told.splits.map((split) => ({ ...split, estimatedRows: null }));
    const { url, calls } = await startFakeInstance(() => ({ body: { ...told, splits: unknown } }));
    const { stdout, stderr } = await runVerb(argv(url));
    expect(calls[0]?.path).toBe('/v1/shop/products/splits');
    expect(stdout).toContain('s1     0,9223372036854775807   -\n');
    expect(stderr).toBe('2 splits, nothing is estimated, ring epoch 4\n');
  });

  it('prints the answer as it came when asked', async () => {
    const text = JSON.stringify(told);
    const { url } = await startFakeInstance(() => ({ body: text }));
    expect(await runVerb([...argv(url), '--json'])).toEqual({ exitCode: 0, stdout: `${text}\n`, stderr: '' });
  });

  it.each([
    [403, { title: 'Not granted', detail: 'may not scan' }, '403 Not granted: may not scan'],
    [200, '<html>', 'tells no splits'],
    [200, { splits: [{}] }, 'tells no splits'],
  ])('fails on %i %j', async (status, body, text) => {
    const { url } = await startFakeInstance(() => ({ status, body }));
    const { exitCode, stdout, stderr } = await runVerb(argv(url));
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain(text);
  });

  it.each([
    [[], 'required option'],
    [['--table', 'products'], 'KEYSPACE.TABLE'],
    [['--table', 'shop.products', '--target', '0'], 'whole number from 1'],
  ])('is a wrong usage with %j', async (options, text) => {
    const { exitCode, stderr } = await runVerb(['splits', ...options, '--application', 'a']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(text);
  });
});
