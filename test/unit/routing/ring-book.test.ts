import { describe, expect, it } from 'vitest';
import type { ClusterWatcher } from '../../../src/core/ports.ts';
import { createRingBook } from '../../../src/core/routing/ring-book.ts';
import type { ClusterNode, ClusterState, Replication } from '../../../src/core/topology/cluster-state.ts';

const nowhere: ClusterState = { nodes: [], keyspaces: new Map() };

const nodeA: ClusterNode = {
  id: 'a',
  address: 'a:9042',
  datacenter: 'front',
  rack: 'r1',
  tokens: ['-5', '5'],
};
const nodeB: ClusterNode = { ...nodeA, id: 'b', address: 'b:9042', rack: 'r2', tokens: ['0'] };

const twice: Replication = {
  strategy: 'NetworkTopologyStrategy',
  factors: new Map([
    ['front', 2],
    ['back', 1],
  ]),
};
const usual: ClusterState = { nodes: [nodeA, nodeB], keyspaces: new Map([['shop', twice]]) };

function withNode(change: Partial<ClusterNode>): ClusterState {
  return { ...usual, nodes: [nodeA, { ...nodeB, ...change }] };
}

function withKeyspaces(...entries: readonly (readonly [string, Replication])[]): ClusterState {
  return { ...usual, keyspaces: new Map(entries) };
}

/** A watcher whose listeners hear of a change only when told to. */
function createWatcher(
  first: ClusterState,
): ClusterWatcher & { set(state: ClusterState): void; tell(): void } {
  const listeners = new Set<() => void>();
  let current = first;
  return {
    state: () => current,
    isUp: () => true,
    isConnectedTo: () => true,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (state) => {
      current = state;
    },
    tell: () => {
      for (const listener of listeners) listener();
    },
  };
}

describe('the ring book', () => {
  it('has no ring and epoch 0 before the first contact', () => {
    const book = createRingBook(createWatcher(nowhere));
    expect(book.ring('shop')).toBeUndefined();
    expect(book.epoch()).toBe(0);
  });

  it('gives the same ring until the cluster changes', () => {
    const watcher = createWatcher(usual);
    const book = createRingBook(watcher);
    const ring = book.ring('shop');
    expect(ring?.keyspace).toBe('shop');
    watcher.tell();
    expect(book.ring('shop')).toBe(ring);
  });

  it('gives a ring of the new cluster from the first call after a change, heard of or not', () => {
    const watcher = createWatcher(nowhere);
    const book = createRingBook(watcher);
    watcher.set(usual);
    expect(book.ring('shop')?.ranges()).toBe(3);
    watcher.set(withNode({ tokens: ['0', '1'] }));
    expect(book.ring('shop')?.ranges()).toBe(4);
  });

  it('hands out the nodes of the latest state, even of an equal one', () => {
    const watcher = createWatcher(usual);
    const book = createRingBook(watcher);
    book.ring('shop');
    const equal = withNode({});
    watcher.set(equal);
    expect(book.ring('shop')?.owners({ hi: 0, lo: 0 }, 'front')[0]).toBe(equal.nodes[1]);
  });

  it('counts a change that is over before anybody asks for a ring', () => {
    const watcher = createWatcher(usual);
    const book = createRingBook(watcher);
    watcher.set(withNode({ tokens: ['1'] }));
    watcher.tell();
    watcher.set(usual);
    watcher.tell();
    expect(book.epoch()).toBe(3);
  });

  it.each<[string, ClusterState]>([
    ['a token moved', withNode({ tokens: ['1'] })],
    ['a token more', withNode({ tokens: ['0', '1'] })],
    ['another rack', withNode({ rack: 'r1' })],
    ['another datacenter', withNode({ datacenter: 'back' })],
    ['another address', withNode({ address: 'b2:9042' })],
    ['a node replaced', withNode({ id: 'c' })],
    ['a node removed', { ...usual, nodes: [nodeA] }],
    ['a keyspace created', withKeyspaces(['shop', twice], ['till', twice])],
    ['a keyspace dropped', withKeyspaces()],
    ['a keyspace renamed', withKeyspaces(['till', twice])],
    ['another strategy', withKeyspaces(['shop', { strategy: 'SimpleStrategy', factor: 2 }])],
    [
      'another factor',
      withKeyspaces(['shop', { strategy: 'NetworkTopologyStrategy', factors: new Map([['front', 1]]) }]),
    ],
    ['a transient replica', withKeyspaces(['shop', { ...twice, transient: new Map([['front', 1]]) }])],
  ])('counts %s', (_, state) => {
    const watcher = createWatcher(usual);
    const book = createRingBook(watcher);
    watcher.set(state);
    expect(book.epoch()).toBe(2);
  });

  it.each<[string, ClusterState]>([
    ['an equal state', withNode({})],
    ['the nodes in another order', { ...usual, nodes: [nodeB, nodeA] }],
    ['the tokens in another order', { ...usual, nodes: [{ ...nodeA, tokens: ['5', '-5'] }, nodeB] }],
    [
      'the datacenters in another order',
      withKeyspaces([
        'shop',
        {
          strategy: 'NetworkTopologyStrategy',
          factors: new Map([
            ['back', 1],
            ['front', 2],
          ]),
        },
      ]),
    ],
  ])('does not count %s', (_, state) => {
    const watcher = createWatcher(usual);
    const book = createRingBook(watcher);
    watcher.set(state);
    expect(book.epoch()).toBe(1);
  });
});
