import { describe, expect, it } from 'vitest';
import { constantDelay } from '../../../src/adapters/embedded/delay.ts';
import { type ReplicaErrorName, replicaErrorPolicies } from '../../../src/core/errors.ts';
import { firstOf, openEmbeddedRing } from './embedded-ring.ts';

const errorNames = Object.keys(replicaErrorPolicies) as ReplicaErrorName[];

describe('the work of an embedded node', () => {
  it('costs its delay, the message and each key', async () => {
    const ring = openEmbeddedRing({
      serviceTime: { delay: constantDelay(2), perMessageMs: 1, perKeyMs: 0.5 },
    });
    const key = ring.key(1);
    const owner = firstOf(ring.owners(key));
    const own = [key, ...[2, 3, 4, 5, 6].map(ring.key)].filter((each) => ring.owners(each).includes(owner));
    expect(await ring.outcome(owner, own)).toEqual({ result: own.length, atMs: 3 + own.length / 2 });
  });

  it('can be set for one node alone, while it runs', async () => {
    const ring = openEmbeddedRing();
    const [slow, fast] = ring.owners(ring.key(1));
    if (slow === undefined || fast === undefined) throw new Error('the key needs two owners');
    ring.cluster.setServiceTime(slow, { delay: constantDelay(40) });
    expect(await ring.outcome(fast, [ring.key(1)])).toEqual({ result: 1, atMs: 0 });
    expect(await ring.outcome(slow, [ring.key(1)])).toEqual({ result: 1, atMs: 40 });
  });

  it('ends for the caller when its time is over', async () => {
    const ring = openEmbeddedRing({ serviceTime: { delay: constantDelay(500) } });
    const owner = firstOf(ring.owners(ring.key(1)));
    expect(await ring.outcome(owner, [ring.key(1)], { timeoutMs: 100 })).toEqual({
      result: 'client-timeout',
      atMs: 100,
    });
  });

  it('is refused beyond what the node can hold, and taken again when there is room', async () => {
    const ring = openEmbeddedRing({ maxHeldPerNode: 3, serviceTime: { delay: constantDelay(10) } });
    const owner = firstOf(ring.owners(ring.key(1)));
    const held = [1, 2, 3].map(() => ring.read(owner, [ring.key(1)]));
    expect((await ring.outcome(owner, [ring.key(1)])).result).toBe('overloaded');
    await ring.clock.runUntil(Promise.all(held));
    expect((await ring.outcome(owner, [ring.key(1)])).result).toBe(1);
  });
});

describe('a frozen node', () => {
  it('answers what piled up after its thaw', async () => {
    const ring = openEmbeddedRing({ serviceTime: { delay: constantDelay(5) } });
    const owner = firstOf(ring.owners(ring.key(1)));
    ring.cluster.freeze(owner);
    const answered: number[] = [];
    const reads = [1, 2, 3].map((number) =>
      ring.read(owner, [ring.key(1)]).then(() => answered.push(number)),
    );
    await ring.clock.advance(300);
    expect(answered).toEqual([]);
    expect(ring.cluster.isUp(owner)).toBe(true);
    ring.cluster.thaw(owner);
    await Promise.all(reads);
    expect(answered).toEqual([1, 2, 3]);
  });

  it('holds what was under way when it froze', async () => {
    const ring = openEmbeddedRing({ serviceTime: { delay: constantDelay(5) } });
    const owner = firstOf(ring.owners(ring.key(1)));
    const reading = ring.outcome(owner, [ring.key(1)], { timeoutMs: 50 });
    ring.cluster.freeze(owner);
    expect(await reading).toEqual({ result: 'client-timeout', atMs: 50 });
  });

  it('is waited for by a coordinator for the time of the coordinator', async () => {
    const ring = openEmbeddedRing({ readTimeoutMs: 200 });
    for (const owner of ring.owners(ring.key(1))) ring.cluster.freeze(owner);
    expect(await ring.outcome(ring.stranger(ring.key(1)), [ring.key(1)])).toEqual({
      result: 'read-timeout',
      atMs: 200,
    });
  });
});

describe('a node told to fail', () => {
  it.each(errorNames.filter((name) => name !== 'client-timeout'))('says %s, so often', async (kind) => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    ring.cluster.failNext(owner, kind, 2);
    const results = [];
    for (let time = 0; time < 3; time += 1) results.push((await ring.outcome(owner, [ring.key(1)])).result);
    expect(results).toEqual([kind, kind, 1]);
  });

  it('by client-timeout says nothing until the time of the message is over', async () => {
    const ring = openEmbeddedRing();
    const owner = firstOf(ring.owners(ring.key(1)));
    ring.cluster.failNext(owner, 'client-timeout', 1);
    expect(await ring.outcome(owner, [ring.key(1)], { timeoutMs: 70 })).toEqual({
      result: 'client-timeout',
      atMs: 70,
    });
  });

  it('with a probability fails that share of messages, the same ones for the same seed', async () => {
    const history = async (): Promise<unknown[]> => {
      const ring = openEmbeddedRing();
      const owner = firstOf(ring.owners(ring.key(1)));
      ring.cluster.fail(owner, 'overloaded', 0.25);
      const results = [];
      for (let time = 0; time < 400; time += 1)
        results.push((await ring.outcome(owner, [ring.key(1)])).result);
      return results;
    };
    const results = await history();
    const failed = results.filter((result) => result === 'overloaded').length;
    expect(failed).toBeGreaterThan(60);
    expect(failed).toBeLessThan(140);
    expect(await history()).toEqual(results);
  });

  it('refuses a probability or a count that is none', () => {
    const ring = openEmbeddedRing();
    const [node] = ring.cluster.state().nodes;
    if (node === undefined) throw new Error('there is no node');
    expect(() => ring.cluster.fail(node, 'unknown', 1.5)).toThrow(RangeError);
    expect(() => ring.cluster.fail(node, 'unknown', Number.NaN)).toThrow(RangeError);
    expect(() => ring.cluster.failNext(node, 'unknown', -1)).toThrow(RangeError);
  });
});

describe('a node that refuses', () => {
  it('is down: messages find it gone, those under way lose their connection, the state stays', async () => {
    const ring = openEmbeddedRing({ serviceTime: { delay: constantDelay(5) } });
    const owner = firstOf(ring.owners(ring.key(1)));
    const before = ring.cluster.state();
    const underWay = ring.outcome(owner, [ring.key(1)]);
    ring.cluster.refuse(owner);
    expect((await underWay).result).toBe('connection-lost');
    expect(ring.cluster.isUp(owner)).toBe(false);
    expect((await ring.outcome(owner, [ring.key(1)])).result).toBe('node-gone');
    expect(ring.cluster.state()).toBe(before);
    ring.cluster.accept(owner);
    expect(ring.cluster.isUp(owner)).toBe(true);
    expect((await ring.outcome(owner, [ring.key(1)])).result).toBe(1);
  });
});
