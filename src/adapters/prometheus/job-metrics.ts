/** What scans and writes count. */
import { Gauge, type Registry } from 'prom-client';
import type { ScanTelemetry } from '../../core/scans/scan.ts';
import type { WriteTelemetry } from '../../core/writes/write.ts';
import type { Labels } from './label-values.ts';
import { createTallies } from './tally.ts';

export function createScanMetrics(registry: Registry, labels: Labels): Omit<ScanTelemetry, 'unexpected'> {
  const registers = [registry];
  let open = 0;
  new Gauge({
    name: 'weir_scans_open',
    help: 'Scans that are being streamed',
    registers,
    collect() {
      this.set(open);
    },
  });
  const labelNames = ['app', 'table'];
  const rowsOf = createTallies({
    name: 'weir_scan_rows_total',
    help: 'Rows that scans delivered',
    labelNames,
    registers,
  });
  const pagesOf = createTallies({
    name: 'weir_scan_pages_total',
    help: 'Pages that scans delivered, empty ones too',
    labelNames,
    registers,
  });
  const scansOf = createTallies({
    name: 'weir_scans_total',
    help: 'Scans that have ended: `complete`, `cut` with a cursor to go on with, `failed`, or `cancelled` by a caller who went away',
    labelNames: [...labelNames, 'outcome'],
    registers,
  });
  return {
    begun() {
      open += 1;
    },
    page(application, keyspace, table, rows) {
      const labelValues = [labels.application(application), labels.table(`${keyspace}.${table}`)] as const;
      rowsOf(...labelValues).add(rows);
      pagesOf(...labelValues).add(1);
    },
    ended({ application, keyspace, table, outcome }) {
      open -= 1;
      scansOf(labels.application(application), labels.table(`${keyspace}.${table}`), outcome).add(1);
    },
  };
}

export function createWriteMetrics(registry: Registry, labels: Labels): Omit<WriteTelemetry, 'unexpected'> {
  const registers = [registry];
  const rowsOf = createTallies({
    name: 'weir_write_rows_total',
    help: 'Rows of writes by what became of them: `written`, `error` (tried, and not known to be written), `unprocessed` (never tried)',
    labelNames: ['app', 'table', 'outcome'],
    registers,
  });
  const retriesOf = createTallies({
    name: 'weir_write_retries_total',
    help: 'Rows of writes whose message failed, and that were sent again, or denied that',
    labelNames: ['result'],
    registers,
  });
  return {
    rows(application, keyspace, table, outcome, rows) {
      rowsOf(labels.application(application), labels.table(`${keyspace}.${table}`), outcome).add(rows);
    },
    retry: (result, rows) => retriesOf(result).add(rows),
  };
}
