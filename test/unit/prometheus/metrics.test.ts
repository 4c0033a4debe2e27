import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics, type NodeGauges } from '../../../src/adapters/prometheus/metrics.ts';
import type { LookUpEvent, ReplicaReadEvent } from '../../../src/core/ports.ts';

function create(
  nodes: readonly NodeGauges[] = [],
  unexpected: unknown[] = [],
  reloadFailed = false,
): Metrics {
  return createMetrics({
    applications: ['storefront'],
    classes: ['frontend'],
    operations: ['read'],
    tables: ['shop.products'],
    version: '1.2.3',
    configReloadFailed: () => reloadFailed,
    ringEpoch: () => 4,
    nodes: () => nodes,
    reportUnexpected: (error) => unexpected.push(error),
  });
}

/** The samples of one metric, in order, without its buckets. */
async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const { body } = await metrics.exposition();
  return body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

const lookUpEvent: LookUpEvent = {
  application: 'storefront',
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
    const metrics = create();
    metrics.requestStarted();
    metrics.requestEnded(endedRequest);
    expect(await samples(metrics, 'weir_requests_total')).toEqual([
      'weir_requests_total{app="storefront",operation="read",table="shop.products",code="200"} 1',
    ]);
  });

  it('are in flight between their start and their end', async () => {
    const metrics = create();
    metrics.requestStarted();
    metrics.requestStarted();
    metrics.requestEnded(endedRequest);
    expect(await samples(metrics, 'weir_inflight_requests')).toEqual(['weir_inflight_requests 1']);
  });

  it('are timed in seconds by operation and class', async () => {
    const metrics = create();
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
    const metrics = create();
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
    const metrics = create();
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
    const metrics = create();
    metrics.lookUp(lookUpEvent);
    expect(await samples(metrics, 'weir_lookup_keys_sum')).toEqual(['weir_lookup_keys_sum 50']);
    expect(await samples(metrics, 'weir_groups_per_lookup_sum')).toEqual(['weir_groups_per_lookup_sum 2']);
    expect(await samples(metrics, 'weir_group_keys_count')).toEqual(['weir_group_keys_count 2']);
    expect(await samples(metrics, 'weir_group_keys_sum')).toEqual(['weir_group_keys_sum 50']);
  });

  it('never make a series of a name that is not configured', async () => {
    const metrics = create();
    metrics.lookUp({ ...lookUpEvent, application: 'zq7-secret', table: 'zq7-secret' });
    expect((await metrics.exposition()).body).not.toContain('zq7-secret');
  });
});

describe('messages to nodes', () => {
  it('are timed by datacenter and host', async () => {
    const metrics = create();
    metrics.replicaRead(readOf('10.0.0.1:9042', 3));
    metrics.replicaRead(readOf('10.0.0.1:9042', 5));
    expect(await samples(metrics, 'weir_cassandra_request_duration_seconds_sum')).toEqual([
      'weir_cassandra_request_duration_seconds_sum{datacenter="east",host="10.0.0.1:9042"} 0.008',
    ]);
  });

  it('make a bounded number of series, however many nodes come and go', async () => {
    const metrics = create();
    for (let node = 0; node < 1_100; node += 1) metrics.replicaRead(readOf(`10.0.0.${node}:9042`, 1));
    const counts = await samples(metrics, 'weir_cassandra_request_duration_seconds_count');
    expect(counts).toHaveLength(1_001);
    expect(counts).toContain('weir_cassandra_request_duration_seconds_count{datacenter="east",host="-"} 100');
  });

  it('count their retries by result', async () => {
    const metrics = create();
    metrics.retry('sent', 10);
    metrics.retry('sent', 1);
    metrics.retry('denied', 3);
    expect(await samples(metrics, 'weir_retries_total')).toEqual([
      'weir_retries_total{result="sent"} 2',
      'weir_retries_total{result="denied"} 1',
    ]);
  });
});

describe('what is read when scraped', () => {
  it('is the cluster of that moment', async () => {
    const nodes: NodeGauges[] = [
      { address: '10.0.0.1:9042', datacenter: 'east', state: 'up', inFlight: 3 },
      { address: '10.0.1.1:9042', datacenter: 'west', state: 'unread', inFlight: 0 },
      { address: '10.0.0.2:9042', datacenter: 'east', state: 'down', inFlight: 0 },
    ];
    const metrics = create(nodes);
    expect(await samples(metrics, 'weir_hosts')).toEqual([
      'weir_hosts{datacenter="east",state="up"} 1',
      'weir_hosts{datacenter="east",state="down"} 1',
      'weir_hosts{datacenter="east",state="unread"} 0',
      'weir_hosts{datacenter="west",state="up"} 0',
      'weir_hosts{datacenter="west",state="down"} 0',
      'weir_hosts{datacenter="west",state="unread"} 1',
    ]);
    nodes.splice(1);
    expect(await samples(metrics, 'weir_hosts')).toEqual([
      'weir_hosts{datacenter="east",state="up"} 1',
      'weir_hosts{datacenter="east",state="down"} 0',
      'weir_hosts{datacenter="east",state="unread"} 0',
    ]);
    expect(await samples(metrics, 'weir_host_inflight')).toEqual([
      'weir_host_inflight{datacenter="east",host="10.0.0.1:9042"} 3',
    ]);
  });

  it('has the epoch of the ring and the versions', async () => {
    const metrics = create();
    expect(await samples(metrics, 'weir_ring_epoch')).toEqual(['weir_ring_epoch 4']);
    expect(await samples(metrics, 'weir_build_info')).toEqual([
      `weir_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
    ]);
  });
});

describe('the exposition', () => {
  it('has every metric under the prefix, with its help', async () => {
    const { body, contentType } = await create().exposition();
    const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(names.filter((name) => !name?.startsWith('weir_'))).toEqual([]);
    expect(names).toContain('weir_process_cpu_user_seconds_total');
  });

  it('is of this instance alone', async () => {
    const first = create();
    const second = create();
    first.retry('sent', 1);
    expect(await samples(second, 'weir_retries_total')).toEqual([]);
  });

  it('leaves faults to whoever reports them', () => {
    const unexpected: unknown[] = [];
    const fault = new Error('x');
    create([], unexpected).unexpected(fault);
    expect(unexpected).toEqual([fault]);
  });
});

describe('the configuration', () => {
  it('raises the metric while the file is refused', async () => {
    expect(await samples(create([], [], true), 'weir_config_reload_failed')).toEqual([
      'weir_config_reload_failed 1',
    ]);
    expect(await samples(create(), 'weir_config_reload_failed')).toEqual(['weir_config_reload_failed 0']);
  });

  it('makes the names of a reload known to the labels, and forgets none', async () => {
    const metrics = create();
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
