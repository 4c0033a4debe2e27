import type { ClusterWatcher, Random } from '../../core/ports.ts';
import { tokenFromDecimal } from '../../core/token/token.ts';
import type { ClusterNode, ClusterState, Replication } from '../../core/topology/cluster-state.ts';

export interface NodePlace {
  readonly datacenter: string;
  readonly rack: string;
  /** Signed 64-bit tokens as decimal text. Absent: random ones. */
  readonly tokens?: readonly string[];
}

/** Who is in the cluster and who replicates what. Each change makes a new state and calls the listeners, once. */
export interface ClusterShape extends Pick<ClusterWatcher, 'state' | 'onChange'> {
  addNode(place: NodePlace): ClusterNode;
  removeNode(node: ClusterNode): void;
  /** The node keeps its id. */
  moveNode(node: ClusterNode, tokens: readonly string[]): ClusterNode;
  createKeyspace(name: string, replication: Replication): void;
  alterKeyspace(name: string, replication: Replication): void;
}

/** The first nodes come without a change to listen to. Throws a `RangeError` for tokens that are not, or belong to another node. */
export function createClusterShape(
  first: readonly NodePlace[],
  tokensPerNode: number,
  random: Random,
): ClusterShape {
  const listeners = new Set<() => void>();
  let state: ClusterState = { nodes: [], keyspaces: new Map() };
  let made = 0;

  const publish = (next: Partial<ClusterState>): void => {
    state = Object.freeze({ ...state, ...next });
    for (const listener of [...listeners]) listener();
  };
  const makeNode = (place: NodePlace): ClusterNode => {
    const { datacenter, rack } = place;
    const tokens = place.tokens ?? randomTokens(state.nodes, tokensPerNode, random);
    checkTokens(tokens, state.nodes);
    made += 1;
    return Object.freeze({ id: nodeId(made), address: nodeAddress(made), datacenter, rack, tokens });
  };
  const withKeyspace = (name: string, replication: Replication): Partial<ClusterState> => ({
    keyspaces: new Map([...state.keyspaces, [name, replication]]),
  });
  for (const place of first) state = { ...state, nodes: [...state.nodes, makeNode(place)] };

  return {
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    addNode(place) {
      const node = makeNode(place);
      publish({ nodes: [...state.nodes, node] });
      return node;
    },
    removeNode(node) {
      const position = positionOf(state.nodes, node);
      publish({ nodes: state.nodes.toSpliced(position, 1) });
    },
    moveNode(node, tokens) {
      const position = positionOf(state.nodes, node);
      checkTokens(tokens, state.nodes.toSpliced(position, 1));
      const moved = Object.freeze({ ...(state.nodes[position] as ClusterNode), tokens: [...tokens] });
      publish({ nodes: state.nodes.with(position, moved) });
      return moved;
    },
    createKeyspace(name, replication) {
      if (state.keyspaces.has(name)) throw new RangeError('the keyspace exists');
      publish(withKeyspace(name, replication));
    },
    alterKeyspace(name, replication) {
      if (!state.keyspaces.has(name)) throw new RangeError('there is no such keyspace');
      publish(withKeyspace(name, replication));
    },
  };
}

function nodeId(made: number): string {
  return `00000000-0000-4000-8000-${made.toString(16).padStart(12, '0')}`;
}

/** Made up, of a block that is set aside for examples (RFC 5737 and, beyond 254 nodes, RFC 2544). */
function nodeAddress(made: number): string {
  return made < 255 ? `192.0.2.${made}:9042` : `198.18.${made >>> 8}.${made & 255}:9042`;
}

function positionOf(nodes: readonly ClusterNode[], node: ClusterNode): number {
  const position = nodes.findIndex(({ id }) => id === node.id);
  if (position < 0) throw new RangeError('there is no such node');
  return position;
}

function checkTokens(tokens: readonly string[], others: readonly ClusterNode[]): void {
  const taken = new Set(others.flatMap((node) => node.tokens));
  for (const token of tokens) {
    tokenFromDecimal(token);
    if (taken.has(token)) throw new RangeError('two nodes cannot have the same token');
    taken.add(token);
  }
}

function randomTokens(nodes: readonly ClusterNode[], count: number, random: Random): readonly string[] {
  const taken = new Set(nodes.flatMap((node) => node.tokens));
  const tokens: string[] = [];
  while (tokens.length < count) {
    const token = BigInt.asIntN(64, (word(random) << 32n) | word(random)).toString();
    if (taken.has(token)) continue;
    taken.add(token);
    tokens.push(token);
  }
  return tokens;
}

function word(random: Random): bigint {
  return BigInt(Math.floor(random.next() * 0x1_0000_0000));
}
