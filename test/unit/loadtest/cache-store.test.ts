import { describe, expect, it } from 'vitest';
import { cacheStoreNames } from '../../../loadtest/bench/cache-store.ts';
import type { BenchOptions } from '../../../loadtest/bench/session.ts';
import { runLoadTest } from '../../../loadtest/command-line.ts';
import { cacheCandidates } from '../../bench/cache-candidates.ts';

async function runWith(...args: string[]): Promise<{ exitCode: number; options: BenchOptions | undefined }> {
  let options: BenchOptions | undefined;
  const output = { print: () => {}, report: () => {} };
  const exitCode = await runLoadTest(['bench', 'cache-store', ...args], output, async (_name, asked) => {
    options = asked;
    return true;
  });
  return { exitCode, options };
}

describe('the benchmark of stores of cached rows', () => {
  it('knows the same stores as the script that it runs', () => {
    expect(cacheStoreNames).toEqual(Object.keys(cacheCandidates));
  });

  it('leaves the choice to the benchmark unless told otherwise', async () => {
    const { options } = await runWith();
    expect([options?.storeRows, options?.storeBytes, options?.stores]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('takes a size, and the stores to compare, each once', async () => {
    const { options } = await runWith('--store-size', '0.5GiB', '--stores', 'slabs,strings,slabs');
    expect(options).toMatchObject({ storeBytes: 2 ** 29, stores: ['slabs', 'strings'] });
  });

  it.each([
    ['a size without a unit', '--store-size', '6'],
    ['no size at all', '--store-size', '0GiB'],
    ['a store that there is not', '--stores', 'slabs,files'],
    ['too few rows', '--store-rows', '10'],
  ])('is refused with %s', async (_why, option, value) => {
    expect((await runWith(option, value)).exitCode).toBe(2);
  });
});
