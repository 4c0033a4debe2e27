import { describe, expect, it } from 'vitest';
import type { NodeGauges } from '../../../src/adapters/prometheus/pulled-metrics.ts';
import { createTestMetrics, samples } from './metrics-fixture.ts';

describe('what is read when scraped', () => {
  it('tells which nodes are left alone', async () => {
    const standings = ['well', 'suspect', 'ejected'] as const;
    const nodes = standings.map((standing, index): NodeGauges => {
      return { address: `10.0.0.${index}:9042`, datacenter: 'east', state: 'up', standing, inFlight: 0 };
    });
    const metrics = createTestMetrics(nodes);
    const ejected = (host: number, value: number) =>
      `weir_host_ejected{datacenter="east",host="10.0.0.${host}:9042"} ${value}`;
    const suspect = (await samples(metrics, 'weir_host_suspect')).map((line) => line.slice(-1));
    expect(suspect).toEqual(['0', '1', '0']);
    expect(await samples(metrics, 'weir_host_ejected')).toEqual([
      ejected(0, 0),
      ejected(1, 0),
      ejected(2, 1),
    ]);
    nodes.splice(0, 2);
    expect(await samples(metrics, 'weir_host_ejected')).toEqual([ejected(2, 1)]);
  });

  it('is the cluster of that moment', async () => {
    const nodes: NodeGauges[] = [
      { address: '10.0.0.1:9042', datacenter: 'east', state: 'up', standing: 'well', inFlight: 3 },
      { address: '10.0.1.1:9042', datacenter: 'west', state: 'unread', standing: 'well', inFlight: 0 },
      { address: '10.0.0.2:9042', datacenter: 'east', state: 'down', standing: 'ejected', inFlight: 0 },
    ];
    const metrics = createTestMetrics(nodes);
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
    const metrics = createTestMetrics();
    expect(await samples(metrics, 'weir_ring_epoch')).toEqual(['weir_ring_epoch 4']);
    expect(await samples(metrics, 'weir_build_info')).toEqual([
      `weir_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
    ]);
  });

  it('tells how much the cache holds, and what it pushed out since the start', async () => {
    const cache = { bytes: 4_096, evictions: 7 };
    const metrics = createTestMetrics([], [], false, cache);
    expect(await samples(metrics, 'weir_cache_bytes')).toEqual(['weir_cache_bytes 4096']);
    expect(await samples(metrics, 'weir_cache_evictions_total')).toEqual(['weir_cache_evictions_total 7']);
    cache.bytes = 1_024;
    cache.evictions = 9;
    expect(await samples(metrics, 'weir_cache_bytes')).toEqual(['weir_cache_bytes 1024']);
    expect(await samples(metrics, 'weir_cache_evictions_total')).toEqual(['weir_cache_evictions_total 9']);
  });
});
