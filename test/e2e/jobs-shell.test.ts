import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectRoot } from '../support/project-files.ts';
import { describeWithCluster } from '../support/real-cluster.ts';
import { type CommandRun, plainEnvironment, runCommand } from '../support/run-command.ts';
import { scrapeMetrics } from '../support/scraped-metrics.ts';
import { examples, type Market, openMarket, reportLines } from './jobs-market.ts';

describeWithCluster('a job of shell and awk', () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket({ products: 2_000, categories: 9 });
  });
  afterAll(() => market?.close());

  const runMapper = (weir: string, application: string): Promise<CommandRun> =>
    runCommand([`${examples}/mapper.sh`, '--application', application, '--url', market.weir.dataUrl], {
      cwd: projectRoot,
      env: { ...plainEnvironment(), WEIR: weir, SPLITS: '8' },
    });

  it('finds what Cassandra has, and pays for each row', async () => {
    const { exitCode, stdout, stderr } = await runMapper('./weir', 'stocktaking');
    expect(exitCode, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(reportLines(market.categories));
    const metrics = await scrapeMetrics(market.weir.adminUrl);
    const paid = metrics.sum('weir_limit_used_units_total', { app: 'stocktaking', operation: 'scan' });
    expect(paid).toBeGreaterThanOrEqual(market.products);
  });

  it('fails, and prints nothing, when the scan of one split ends before its end', async () => {
    const flaky = path.join(market.folder, 'weir');
    // The first split alone begins at the least token.
    const commands = [
      'case "$*" in',
      '  scan*-9223372036854775808,*) ./weir "$@" --limit 5; echo "the scan broke off" >&2; exit 1 ;;',
      '  *) exec ./weir "$@" ;;',
      'esac',
    ];
    writeFileSync(flaky, ['#!/bin/sh', ...commands, ''].join('\n'));
    chmodSync(flaky, 0o755);
    const { exitCode, stdout, stderr } = await runMapper(flaky, 'stocktaking');
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('the scan broke off');
    expect(stderr).toContain('not every split could be read');
  });

  it('fails when it is told no splits', async () => {
    const { exitCode, stdout, stderr } = await runMapper('./weir', 'nobody');
    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
  });
});
