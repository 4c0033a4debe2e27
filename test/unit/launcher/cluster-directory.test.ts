import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ClusterDirectory,
  type ClusterState,
  clusterNames,
} from '../../../topology/launcher/cluster-directory.ts';
import { defaultSpec, planNodes } from '../../../topology/launcher/cluster-spec.ts';

const nodes = planNodes(defaultSpec).map((node, index) => ({
  ...node,
  bootstrap: false,
  jmxPort: 7199 + index,
}));
const state: ClusterState = { version: 1, spec: defaultSpec, phase: 'starting', nextNumber: 9, nodes };

describe('ClusterDirectory', () => {
  let clusters: string;
  let directory: ClusterDirectory;
  const inDirectory = (name: string) => join(clusters, 'demo', name);

  beforeEach(() => {
    clusters = mkdtempSync(join(tmpdir(), 'weir-clusters-'));
    directory = new ClusterDirectory(clusters, 'demo');
  });
  afterEach(() => rmSync(clusters, { recursive: true, force: true }));

  it('has nothing to read before a cluster is created', () => {
    expect(directory.read()).toBeUndefined();
    expect(() => directory.require()).toThrow(/there is no cluster in/);
    expect(() => directory.update((same) => same)).toThrow(/there is no cluster in/);
  });

  it('gives back what was created, to others too', () => {
    directory.create(state);
    expect(new ClusterDirectory(clusters, 'demo').read()).toEqual(state);
  });

  it('refuses to create a cluster over another', () => {
    directory.create(state);
    expect(() => directory.create(state)).toThrow('cluster demo already exists');
  });

  it('changes one node and leaves the others', () => {
    directory.create(state);
    const identity = { pid: 1, startTicks: 2, bootId: 'boot' };
    directory.updateNode('node-2', (node) => ({ ...node, process: identity }));
    const expected = nodes.map((node) => (node.name === 'node-2' ? { ...node, process: identity } : node));
    expect(directory.require().nodes).toEqual(expected);
  });

  it('keeps the state when a change throws, and lets the next one in', () => {
    directory.create(state);
    const fail = () => {
      throw new Error('no');
    };
    expect(() => directory.update(fail)).toThrow('no');
    expect(directory.read()).toEqual(state);
    expect(directory.update((before) => ({ ...before, phase: 'ready' })).phase).toBe('ready');
  });

  it('leaves nothing but the state behind', () => {
    directory.create(state);
    directory.update((same) => same);
    expect(readdirSync(join(clusters, 'demo'))).toEqual(['state.json']);
  });

  it('breaks a lock whose holder is long gone', () => {
    directory.create(state);
    writeFileSync(inDirectory('lock'), '');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(inDirectory('lock'), longAgo, longAgo);
    expect(directory.update((before) => ({ ...before, nextNumber: 10 })).nextNumber).toBe(10);
  });

  it.each([
    ['not JSON', '{'],
    ['another version', '{"version":2,"spec":{},"nodes":[]}'],
    ['no nodes', '{"version":1,"spec":{}}'],
    ['no object', 'null'],
  ])('says so when the state is damaged: %s', (_, text) => {
    mkdirSync(join(clusters, 'demo'));
    writeFileSync(inDirectory('state.json'), text);
    expect(() => directory.read()).toThrow(/is not a cluster's state/);
  });

  it('is listed by name as long as it exists', () => {
    expect(clusterNames(clusters)).toEqual([]);
    directory.create(state);
    expect(clusterNames(clusters)).toEqual(['demo']);
    directory.delete();
    expect(clusterNames(clusters)).toEqual([]);
    expect(clusterNames(join(clusters, 'absent'))).toEqual([]);
  });
});
