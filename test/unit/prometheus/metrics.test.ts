import { describe, expect, it } from 'vitest';
import {
  type CacheEvent,
  hedgeResults,
  type LookUpEvent,
  type ReplicaReadEvent,
} from '../../../src/core/ports.ts';
import { createTestMetrics, samples } from './metrics-fixture.ts';

const lookUpEvent: LookUpEvent = {
  application: 'storefront',
  className: 'frontend',
  cassandraMs: 3,
  clusterFailed: false,
  keyspace: 'shop',
  table: 'products',
  keys: 50,
  found: 48,
  missing: 2,
  error: 0,
  unprocessed: 0,
  groups: [30, 20],
};

const readOf = (address: string, durationMs: number): ReplicaReadEvent => ({
  node: { id: address, address, datacenter: 'east', rack: 'a', tokens: [] },
  keys: 20,
  durationMs,
  outcome: 'ok',
});

const endedRequest = {
  application: 'storefront',
  className: 'frontend',
  operation: 'read',
  table: 'shop.products',
  status: 200,
  durationMs: 12,
};

describe('requests', () => {
  it('are counted by application, operation, table and code', async () => {
    const metrics = createTestMetrics();
    metrics.requestStarted();
    metrics.requestEnded(endedRequest);
    expect(await samples(metrics, 'weir_requests_total')).toEqual([
      'weir_requests_total{app="storefront",operation="read",table="shop.products",code="200"} 1',
    ]);
  });

  it('are in flight between their start and their end', async () => {
    const metrics = createTestMetrics();
    metrics.requestStarted();
    metrics.requestStarted();
    metrics.requestEnded(endedRequest);
    expect(await samples(metrics, 'weir_inflight_requests')).toEqual(['weir_inflight_requests 1']);
  });

  it('are timed in seconds by operation and class', async () => {
    const metrics = createTestMetrics();
    metrics.requestEnded(endedRequest);
    expect(await samples(metrics, 'weir_request_duration_seconds_sum')).toEqual([
      'weir_request_duration_seconds_sum{operation="read",class="frontend"} 0.012',
    ]);
    const buckets = await samples(metrics, 'weir_request_duration_seconds_bucket');
    expect(buckets).toContain(
      'weir_request_duration_seconds_bucket{le="0.01",operation="read",class="frontend"} 0',
    );
    expect(buckets).toContain(
      'weir_request_duration_seconds_bucket{le="0.015",operation="read",class="frontend"} 1',
    );
  });

  it('of names outside of the configuration share one series', async () => {
    const metrics = createTestMetrics();
    for (const name of ['a', 'b', undefined]) {
      metrics.requestEnded({
        application: name,
        className: name,
        operation: name,
        table: name,
        status: 404,
        durationMs: 1,
      });
    }
    expect(await samples(metrics, 'weir_requests_total')).toEqual([
      'weir_requests_total{app="-",operation="-",table="-",code="404"} 3',
    ]);
  });
});

describe('look-ups', () => {
  it('count their keys by what became of them', async () => {
    const metrics = createTestMetrics();
    metrics.lookUp(lookUpEvent);
    metrics.lookUp({ ...lookUpEvent, found: 0, missing: 0, error: 7, unprocessed: 43 });
    const labels = 'app="storefront",table="shop.products"';
    expect(await samples(metrics, 'weir_keys_total')).toEqual([
      `weir_keys_total{${labels},status="found"} 48`,
      `weir_keys_total{${labels},status="missing"} 2`,
      `weir_keys_total{${labels},status="error"} 7`,
      `weir_keys_total{${labels},status="unprocessed"} 43`,
    ]);
  });

  it('count their keys, their groups and the keys of each group', async () => {
    const metrics = createTestMetrics();
    metrics.lookUp(lookUpEvent);
    expect(await samples(metrics, 'weir_lookup_keys_sum')).toEqual(['weir_lookup_keys_sum 50']);
    expect(await samples(metrics, 'weir_groups_per_lookup_sum')).toEqual(['weir_groups_per_lookup_sum 2']);
    expect(await samples(metrics, 'weir_group_keys_count')).toEqual(['weir_group_keys_count 2']);
    expect(await samples(metrics, 'weir_group_keys_sum')).toEqual(['weir_group_keys_sum 50']);
  });

  it('never make a series of a name that is not configured', async () => {
    const metrics = createTestMetrics();
    metrics.lookUp({ ...lookUpEvent, application: 'zq7-secret', table: 'zq7-secret' });
    expect((await metrics.exposition()).body).not.toContain('zq7-secret');
  });
});

describe('messages to nodes', () => {
  it('are timed by datacenter and host', async () => {
    const metrics = createTestMetrics();
    metrics.replicaRead(readOf('10.0.0.1:9042', 3));
    metrics.replicaRead(readOf('10.0.0.1:9042', 5));
    expect(await samples(metrics, 'weir_cassandra_request_duration_seconds_sum')).toEqual([
      'weir_cassandra_request_duration_seconds_sum{datacenter="east",host="10.0.0.1:9042"} 0.008',
    ]);
  });

  it('make a bounded number of series, however many nodes come and go', async () => {
    const metrics = createTestMetrics();
    for (let node = 0; node < 1_100; node += 1) metrics.replicaRead(readOf(`10.0.0.${node}:9042`, 1));
    const counts = await samples(metrics, 'weir_cassandra_request_duration_seconds_count');
    expect(counts).toHaveLength(1_001);
    expect(counts).toContain('weir_cassandra_request_duration_seconds_count{datacenter="east",host="-"} 100');
  });

  it('count their retries by result', async () => {
    const metrics = createTestMetrics();
    metrics.retry('sent', 10);
    metrics.retry('sent', 1);
    metrics.retry('denied', 3);
    expect(await samples(metrics, 'weir_retries_total')).toEqual([
      'weir_retries_total{result="sent"} 2',
      'weir_retries_total{result="denied"} 1',
    ]);
  });
});

describe('hedges', () => {
  it('are counted by result, in messages', async () => {
    const metrics = createTestMetrics();
    for (const [index, result] of hedgeResults.entries()) metrics.hedge(result, index + 1);
    metrics.hedge('won', 1);
    expect(await samples(metrics, 'weir_hedges_total')).toEqual([
      'weir_hedges_total{result="won"} 2',
      'weir_hedges_total{result="lost"} 2',
      'weir_hedges_total{result="failed"} 3',
      'weir_hedges_total{result="denied"} 4',
      'weir_hedges_total{result="alone"} 5',
    ]);
  });

  it('leave orphans, which are counted, from none on', async () => {
    const metrics = createTestMetrics();
    expect(await samples(metrics, 'weir_orphans_total')).toEqual(['weir_orphans_total 0']);
    metrics.orphan(1);
    metrics.orphan(2);
    expect(await samples(metrics, 'weir_orphans_total')).toEqual(['weir_orphans_total 3']);
  });
});

const cacheEvent: CacheEvent = {
  keyspace: 'shop',
  table: 'products',
  hits: 30,
  stale: 1,
  misses: 20,
  joined: 0,
};

describe('the cache', () => {
  it('counts keys by table', async () => {
    const metrics = createTestMetrics();
    metrics.cache(cacheEvent);
    metrics.cache({ ...cacheEvent, hits: 50, stale: 0, misses: 0, joined: 2 });
    for (const [count, expected] of [
      ['hits', 80],
      ['misses', 20],
      ['joined', 2],
      ['stale', 1],
    ]) {
      expect(await samples(metrics, `weir_cache_${count}_total`)).toEqual([
        `weir_cache_${count}_total{table="shop.products"} ${expected}`,
      ]);
    }
  });

  it('counts none of what has not happened yet, as soon as the table is read', async () => {
    const metrics = createTestMetrics();
    metrics.cache({ ...cacheEvent, hits: 0 });
    expect(await samples(metrics, 'weir_cache_hits_total')).toEqual([
      'weir_cache_hits_total{table="shop.products"} 0',
    ]);
  });

  it('never makes a series of a table that is not configured', async () => {
    const metrics = createTestMetrics();
    for (const table of ['zq7-a', 'zq7-b']) metrics.cache({ ...cacheEvent, table });
    expect(await samples(metrics, 'weir_cache_hits_total')).toEqual(['weir_cache_hits_total{table="-"} 60']);
  });
});

describe('the exposition', () => {
  it('has every metric under the prefix, with its help', async () => {
    const { body, contentType } = await createTestMetrics().exposition();
    const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(names.filter((name) => !name?.startsWith('weir_'))).toEqual([]);
    expect(names).toContain('weir_process_cpu_user_seconds_total');
  });

  it('is of this instance alone', async () => {
    const first = createTestMetrics();
    const second = createTestMetrics();
    first.retry('sent', 1);
    expect(await samples(second, 'weir_retries_total')).toEqual([]);
  });

  it('leaves faults to whoever reports them', () => {
    const unexpected: unknown[] = [];
    const fault = new Error('x');
    createTestMetrics([], unexpected).unexpected(fault);
    expect(unexpected).toEqual([fault]);
  });
});

describe('the configuration', () => {
  it('raises the metric while the file is refused', async () => {
    expect(await samples(createTestMetrics([], [], true), 'weir_config_reload_failed')).toEqual([
      'weir_config_reload_failed 1',
    ]);
    expect(await samples(createTestMetrics(), 'weir_config_reload_failed')).toEqual([
      'weir_config_reload_failed 0',
    ]);
  });

  it('makes the names of a reload known to the labels, and forgets none', async () => {
    const metrics = createTestMetrics();
    metrics.learnNames({ applications: ['new'], classes: [], operations: [], tables: [] });
    for (const application of ['new', 'storefront', 'invented']) {
      metrics.requestStarted();
      metrics.requestEnded({ ...endedRequest, application });
    }
    const labels = (await samples(metrics, 'weir_requests_total')).map(
      (line) => /app="([^"]+)"/.exec(line)?.[1],
    );
    expect(labels).toEqual(['new', 'storefront', '-']);
  });
});
