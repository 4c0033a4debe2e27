import { describe, expect, it } from 'vitest';
import type { ScanEvent } from '../../../src/core/scans/scan.ts';
import { createTestMetrics, samples } from './metrics-fixture.ts';

const ended: ScanEvent = {
  application: 'storefront',
  keyspace: 'shop',
  table: 'products',
  outcome: 'complete',
  problem: undefined,
  durationMs: 12,
};
const labels = 'app="storefront",table="shop.products"';

describe('the metrics of scans', () => {
  it('count rows and pages as they are delivered', async () => {
    const metrics = createTestMetrics();
    metrics.scans.page('storefront', 'shop', 'products', 100);
    metrics.scans.page('storefront', 'shop', 'products', 0);
    expect(await samples(metrics, 'weir_scan_rows_total')).toEqual([`weir_scan_rows_total{${labels}} 100`]);
    expect(await samples(metrics, 'weir_scan_pages_total')).toEqual([`weir_scan_pages_total{${labels}} 2`]);
  });

  it('know how many are open, and how the others ended', async () => {
    const metrics = createTestMetrics();
    for (let scan = 0; scan < 4; scan += 1) metrics.scans.begun();
    metrics.scans.ended(ended);
    metrics.scans.ended(ended);
    metrics.scans.ended({ ...ended, outcome: 'failed', problem: 'replica-timeout' });
    expect(await samples(metrics, 'weir_scans_open')).toEqual(['weir_scans_open 1']);
    expect(await samples(metrics, 'weir_scans_total')).toEqual([
      `weir_scans_total{${labels},outcome="complete"} 2`,
      `weir_scans_total{${labels},outcome="failed"} 1`,
    ]);
  });
});

describe('the metrics of writes', () => {
  it('count rows by what became of them, and rows that were sent again', async () => {
    const metrics = createTestMetrics();
    metrics.writes.rows('storefront', 'shop', 'products', 'written', 48);
    metrics.writes.rows('storefront', 'shop', 'products', 'written', 2);
    metrics.writes.rows('storefront', 'shop', 'products', 'error', 1);
    metrics.writes.retry('sent', 5);
    metrics.writes.retry('denied', 1);
    expect(await samples(metrics, 'weir_write_rows_total')).toEqual([
      `weir_write_rows_total{${labels},outcome="written"} 50`,
      `weir_write_rows_total{${labels},outcome="error"} 1`,
    ]);
    expect(await samples(metrics, 'weir_write_retries_total')).toEqual([
      'weir_write_retries_total{result="sent"} 5',
      'weir_write_retries_total{result="denied"} 1',
    ]);
  });
});

describe('the metrics of jobs', () => {
  it('make no series of names that are not configured', async () => {
    const metrics = createTestMetrics();
    metrics.scans.begun();
    metrics.scans.page('zq7-a', 'zq7', 'b', 1);
    metrics.scans.ended({ ...ended, application: 'zq7-a', table: 'zq7-b' });
    metrics.writes.rows('zq7-a', 'zq7', 'b', 'written', 1);
    expect((await metrics.exposition()).body).not.toContain('zq7');
  });

  it('leave faults to whoever reports them', () => {
    const faults: unknown[] = [];
    const fault = new Error('x');
    const { scans, writes } = createTestMetrics([], faults);
    scans.unexpected(fault);
    writes.unexpected(fault);
    expect(faults).toEqual([fault, fault]);
  });
});
