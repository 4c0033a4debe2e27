import { describe, expect, it } from 'vitest';
import {
  type CallFrame,
  type CpuProfile,
  categoryOf,
  summarizeProfile,
} from '../../../loadtest/cpu-profile.ts';

const frame = (functionName: string, url = '', lineNumber = 0): CallFrame => ({
  functionName,
  url,
  lineNumber,
});

describe('the category of a function', () => {
  it.each([
    ['(garbage collector)', '', 'garbage collection'],
    ['(program)', '', 'native code (system calls, JSON.parse, compiler)'],
    ['readInt', 'file:///x/node_modules/cassandra-driver/lib/readers.js', 'driver: decoding and encoding'],
    [
      'fromBuffer',
      'file:///x/node_modules/cassandra-driver/lib/types/uuid.js',
      'driver: decoding and encoding',
    ],
    [
      'write',
      'file:///x/node_modules/cassandra-driver/lib/connection.js',
      'driver: connections and requests',
    ],
    ['murmur3Token', 'file:///x/src/core/token/murmur3.ts', 'planning and tokens'],
    ['planGroups', 'file:///x/src/core/routing/plan.ts', 'planning and tokens'],
    ['encodeAnswer', 'file:///x/src/core/reads/answer.ts', 'encoding of keys and rows'],
    ['scalarJson', 'file:///x/src/core/encoding/json-from-value.ts', 'encoding of keys and rows'],
    ['read', 'file:///x/src/core/reads/cluster-reader.ts', 'read path'],
    ['read', 'file:///x/src/adapters/cassandra/key-reader.ts', 'Cassandra adapter'],
    ['observe', '/x/node_modules/prom-client/lib/histogram.js', 'metrics and logs'],
    ['parse', 'file:///x/node_modules/secure-json-parse/index.js', 'JSON parsing of requests'],
    ['parse', '', 'JSON parsing of requests'],
    ['onRequest', 'file:///x/src/http/look-up-route.ts', 'HTTP'],
    ['route', 'file:///x/node_modules/fastify/lib/route.js', 'HTTP'],
    ['end', 'node:_http_outgoing', 'HTTP'],
    ['onread', 'node:internal/stream_base_commons', "Node's sockets, streams and timers"],
    ['writev', '', 'socket writes (system calls)'],
    ['writeBuffer', '', 'socket writes (system calls)'],
    ['utf8Slice', '', 'bytes to text and back (native)'],
    ['sort', '', "V8's own functions"],
    ['f', 'file:///x/node_modules/yaml/index.js', 'other'],
  ])('%s of %s is %s', (name, url, category) => {
    expect(categoryOf(frame(name, url))).toBe(category);
  });
});

describe('the summary of a profile', () => {
  const plan = frame('planGroups', 'file:///x/src/core/routing/plan.ts', 36);
  const driver = frame('', 'file:///x/node_modules/cassandra-driver/lib/readers.js', 9);
  const profile: CpuProfile = {
    startTime: 1_000,
    nodes: [
      { id: 1, callFrame: plan },
      { id: 2, callFrame: driver },
      { id: 3, callFrame: frame('(idle)') },
      { id: 4, callFrame: plan },
    ],
    //       at 1100, 1200, 1500, 2500, 2600
    samples: [1, 2, 4, 3, 1],
    timeDeltas: [100, 100, 300, 1_000, 100],
  };

  it('adds up own times, the same function once, without the idle time', () => {
    const summary = summarizeProfile(profile, 0, 10_000);
    expect(summary.busyMs).toBeCloseTo(0.6, 9);
    expect(summary.functions).toEqual([
      { name: 'planGroups (src/core/routing/plan.ts:37)', share: 500 / 600 },
      { name: '(anonymous) (cassandra-driver/lib/readers.js:10)', share: 100 / 600 },
    ]);
    expect(summary.categories.map(({ name }) => name)).toEqual([
      'planning and tokens',
      'driver: decoding and encoding',
    ]);
  });

  it('leaves out what lies before and after the measurement', () => {
    expect(summarizeProfile(profile, 1_150, 1_550).busyMs).toBeCloseTo(0.4, 9);
  });
});
