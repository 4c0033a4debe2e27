import type { ExplainedNode } from '../core/reads/explanation.ts';
import type { Paint } from './paint.ts';
import { printableText } from './printable-text.ts';
import { formatTextTable } from './text-table.ts';

/** Nodes by number, so that the owners of a key fit into its line. */
export interface NodeLegend {
  /** From 1, in the order in which they are first asked for. */
  numberOf(node: ExplainedNode): string;
  /** Every node that has a number, and what its state means where that does not go without saying. */
  format(): string;
}

export function createNodeLegend(paint: Paint): NodeLegend {
  const nodes = new Map<string, ExplainedNode>();
  return {
    numberOf(node) {
      if (!nodes.has(node.address)) nodes.set(node.address, node);
      return String([...nodes.keys()].indexOf(node.address) + 1);
    },
    format() {
      const lines = [...nodes.values()].map((node, index) => [
        String(index + 1),
        printableText(node.address),
        printableText(node.datacenter),
        printableText(node.rack),
        paintState(stateOf(node), paint),
      ]);
      const states = new Set([...nodes.values()].map(stateOf));
      const told = Object.entries(notes).filter(([state]) => states.has(state as State));
      return [
        formatTextTable(['node', 'address', 'datacenter', 'rack', 'state'], lines, paint),
        ...told.map(([state, note]) => `${state}: ${note}\n`),
      ].join('');
    },
  };
}

type State = 'up' | 'down' | 'unread' | 'suspect' | 'ejected';

const notes: Readonly<Partial<Record<State, string>>> = {
  unread: 'no application reads from its datacenter, so that this Weir has no connection to it',
  suspect: 'it is late; it is asked for keys that no other owner can give, until it is in time again',
  ejected: 'it failed several times in a row; it is left aside for a while, and probed after that',
};

function stateOf({ up, standing }: ExplainedNode): State {
  if (up === null) return 'unread';
  if (!up) return 'down';
  return standing === 'well' ? 'up' : standing;
}

function paintState(state: State, paint: Paint): string {
  if (state === 'down' || state === 'ejected') return paint('red', state);
  return state === 'suspect' ? paint('yellow', state) : state;
}
