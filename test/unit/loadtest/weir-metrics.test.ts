import { describe, expect, it } from 'vitest';
import { countMessages } from '../../../loadtest/tail-turns.ts';
import { WeirMetrics } from '../../../loadtest/weir-metrics.ts';

const text = `# HELP weir_hedges_total What came of messages sent as hedges
# TYPE weir_hedges_total counter
weir_hedges_total{result="won"} 7
weir_hedges_total{result="lost"} 5
weir_hedges_total{result="failed"} 1
weir_hedges_total{result="denied"} 100
weir_hedges_total{result="alone"} 1000
weir_retries_total{result="sent"} 2
weir_retries_total{result="denied"} 50
weir_groups_per_lookup_bucket{le="+Inf"} 10
weir_groups_per_lookup_sum 44
weir_groups_per_lookup_count 10
weir_cassandra_request_duration_seconds_sum{datacenter="a, b",host="127.0.0.1:9042"} 1.5e-3
weir_cassandra_request_duration_seconds_count{datacenter="a, b",host="127.0.0.1:9042"} 30
weir_cassandra_request_duration_seconds_count{datacenter="c\\"d",host="127.0.0.2:9042"} 31
`;

describe('the metrics of a Weir', () => {
  const metrics = new WeirMetrics(text);

  it.each<[string, Record<string, string>, number]>([
    ['weir_groups_per_lookup_sum', {}, 44],
    ['weir_hedges_total', {}, 1_113],
    ['weir_hedges_total', { result: 'lost' }, 5],
    ['weir_cassandra_request_duration_seconds_count', { host: '127.0.0.2:9042' }, 31],
    ['weir_cassandra_request_duration_seconds_count', { datacenter: 'a, b', host: '127.0.0.1:9042' }, 30],
    ['weir_cassandra_request_duration_seconds_count', { datacenter: 'a, b', host: '127.0.0.2:9042' }, 0],
    ['weir_cassandra_request_duration_seconds_sum', {}, 0.0015],
    ['weir_groups_per_lookup', {}, 0],
  ])('add up %s with %j', (name, labels, sum) => {
    expect(metrics.sum(name, labels)).toBe(sum);
  });

  it('tell the messages that were sent from those that were only wanted', () => {
    expect(countMessages(metrics)).toEqual({ first: 44, hedges: 13, retries: 2, ended: 61 });
  });
});
