import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressBeside, SlowNode } from '../../../loadtest/slow-node.ts';
import { WeirMetrics } from '../../../loadtest/weir-metrics.ts';

const place = { port: 9042, datacenter: 'us-east-1-frontend', rack: 'us-east-1a' };
const near = { ...place, name: 'node-1', address: '127.0.52.11' };
const far = { ...place, name: 'node-2', address: '127.0.52.12' };

function slowNode(): SlowNode {
  const slow = new SlowNode([near, far], far, 50);
  onTestFinished(() => slow.stop());
  return slow;
}

/** By address how many messages, and how long each took. */
function messages(taken: Readonly<Record<string, readonly [count: number, meanMs: number]>>): WeirMetrics {
  const lines = Object.entries(taken).flatMap(([address, [count, meanMs]]) => {
    const labels = `{datacenter="us-east-1-frontend",host="${address}:9042"}`;
    return [
      `weir_cassandra_request_duration_seconds_sum${labels} ${(count * meanMs) / 1_000}`,
      `weir_cassandra_request_duration_seconds_count${labels} ${count}`,
    ];
  });
  return new WeirMetrics(lines.join('\n'));
}

describe('a slow node', () => {
  it('is reached by way of the proxy by those who follow its topology file, the others as ever', () => {
    expect(readFileSync(slowNode().topologyFile, 'utf8').split('\n')).toEqual([
      '127.0.52.11=us-east-1-frontend:us-east-1a:127.0.52.11',
      '127.0.52.12=us-east-1-frontend:us-east-1a:127.0.152.12',
      '',
    ]);
  });

  it('has a proxy of its own address', () => {
    expect(addressBeside('127.0.200.7')).toBe('127.0.44.7');
  });

  it('leaves no file behind', async () => {
    const slow = slowNode();
    await slow.stop();
    expect(existsSync(slow.topologyFile)).toBe(false);
  });

  it.each<[Record<string, [number, number]>, string]>([
    [{ '127.0.52.11': [9, 2] }, 'nothing went to it'],
    [{ '127.0.52.11': [9, 2], '127.0.52.12': [9, 55] }, 'everything went around the proxy'],
    [{ '127.0.152.12': [9, 55], '127.0.52.12': [1, 55] }, 'something went around the proxy'],
    [{ '127.0.152.12': [9, 40] }, 'it was not slow'],
  ])('does not pass for measured with %j: %s', (taken) => {
    expect(() => slowNode().checkUsed(messages(taken))).toThrow('node-2');
  });

  it('passes for measured when everything to it went through the proxy and took its time', () => {
    const metrics = messages({ '127.0.52.11': [9, 2], '127.0.152.12': [3, 50] });
    expect(() => slowNode().checkUsed(metrics)).not.toThrow();
  });
});
