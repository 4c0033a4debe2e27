import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { ClusterSpec, PlannedNode } from './cluster-spec.ts';
import { LauncherError } from './launcher-error.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface NodeState extends PlannedNode {
  /** Streams its share from its peers when it first starts; the first nodes of a cluster have none to ask. */
  readonly bootstrap: boolean;
  readonly jmxPort: number;
  /** The last process started for this node; it may be gone. */
  readonly process?: ProcessIdentity;
}

export interface ClusterState {
  readonly version: 1;
  readonly spec: ClusterSpec;
  /** `ready` once every node was up and knew its peers. */
  readonly phase: 'starting' | 'ready';
  /** Numbers are not used twice: Cassandra refuses a new node on the address of one that it remembers. */
  readonly nextNumber: number;
  readonly nodes: readonly NodeState[];
}

const lockWaitMs = 5_000;
const lockStaleMs = 10_000;

/** Where clusters are kept unless told otherwise: `.weir/clusters` of the project. */
export const defaultClustersDirectory = resolve(import.meta.dirname, '../../.weir/clusters');

/** The names of all clusters kept in a directory. */
export function clusterNames(clustersDirectory: string): readonly string[] {
  if (!existsSync(clustersDirectory)) return [];
  return readdirSync(clustersDirectory).filter((name) =>
    existsSync(join(clustersDirectory, name, 'state.json')),
  );
}

/**
 * One cluster's files: `state.json`, and a directory a node. Several processes may hold the same cluster
 * (a test and the command line): the file is the truth, it is replaced whole, and a change is made under a lock.
 */
export class ClusterDirectory {
  readonly path: string;
  readonly #statePath: string;
  readonly #lockPath: string;

  constructor(clustersDirectory: string, clusterName: string) {
    this.path = resolve(clustersDirectory, clusterName);
    this.#statePath = join(this.path, 'state.json');
    this.#lockPath = join(this.path, 'lock');
  }

  nodeDirectory(nodeName: string): string {
    return join(this.path, nodeName);
  }

  /** Undefined when there is no such cluster. */
  read(): ClusterState | undefined {
    if (!existsSync(this.#statePath)) return undefined;
    const text = readFileSync(this.#statePath, 'utf8');
    const state = parseState(text);
    if (state === undefined) {
      throw new LauncherError(
        `${this.#statePath} is not a cluster's state; end its processes and delete ${this.path}`,
      );
    }
    return state;
  }

  /** Like `read`, for whoever needs a cluster. */
  require(): ClusterState {
    const state = this.read();
    if (state === undefined) throw new LauncherError(`there is no cluster in ${this.path}`);
    return state;
  }

  create(state: ClusterState): void {
    mkdirSync(this.path, { recursive: true });
    this.#locked(() => {
      if (existsSync(this.#statePath)) throw new LauncherError(`cluster ${state.spec.name} already exists`);
      this.#write(state);
    });
  }

  /** Replaces the state by what `change` makes of it. `change` must not wait. */
  update(change: (state: ClusterState) => ClusterState): ClusterState {
    return this.#locked(() => {
      const changed = change(this.require());
      this.#write(changed);
      return changed;
    });
  }

  updateNode(nodeName: string, change: (node: NodeState) => NodeState): void {
    this.update((state) => ({
      ...state,
      nodes: state.nodes.map((node) => (node.name === nodeName ? change(node) : node)),
    }));
  }

  delete(): void {
    // A process killed a moment ago may still have written a file while the tree was being read.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #write(state: ClusterState): void {
    const temporary = `${this.#statePath}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(state, undefined, 2)}\n`);
    renameSync(temporary, this.#statePath);
  }

  #locked<T>(task: () => T): T {
    if (!existsSync(this.path)) throw new LauncherError(`there is no cluster in ${this.path}`);
    this.#lock();
    try {
      return task();
    } finally {
      rmSync(this.#lockPath, { force: true });
    }
  }

  #lock(): void {
    const giveUpAt = Date.now() + lockWaitMs;
    for (;;) {
      try {
        closeSync(openSync(this.#lockPath, 'wx'));
        return;
      } catch {
        if (this.#lockAgeMs() > lockStaleMs) rmSync(this.#lockPath, { force: true });
        else if (Date.now() > giveUpAt)
          throw new LauncherError(`${this.#lockPath} is held by another command`);
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
    }
  }

  #lockAgeMs(): number {
    return Date.now() - (statSync(this.#lockPath, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  }
}

function parseState(text: string): ClusterState | undefined {
  try {
    const state: unknown = JSON.parse(text);
    return isState(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is ClusterState {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'version' in value &&
    value.version === 1 &&
    'spec' in value &&
    'nodes' in value &&
    Array.isArray(value.nodes)
  );
}
