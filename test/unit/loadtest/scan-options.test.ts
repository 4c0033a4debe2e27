import { describe, expect, it } from 'vitest';
import type { BenchOptions } from '../../../loadtest/bench/session.ts';
import { runLoadTest } from '../../../loadtest/command-line.ts';

async function run(args: readonly string[]) {
  const asked: { name: string; options: BenchOptions }[] = [];
  const output = { print: () => {}, report: () => {} };
  const code = await runLoadTest(args, output, async (name, options) => asked.push({ name, options }) > 0);
  return { code, asked };
}

describe('the rows that scans read', () => {
  it('are passed on where they are told', async () => {
    const { asked } = await run(['bench', 'scans', '--scan-rows', '20000']);
    expect(asked).toMatchObject([{ name: 'scans', options: { scanRows: 20_000 } }]);
    const { asked: untold } = await run(['bench', 'writes']);
    expect(untold[0]?.options.scanRows).toBeUndefined();
  });

  it.each(['999', '100001', 'all'])('cannot be %s', async (rows) => {
    expect(await run(['bench', 'scans', '--scan-rows', rows])).toEqual({ code: 2, asked: [] });
  });
});
