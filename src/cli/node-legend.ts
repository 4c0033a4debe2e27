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
      const lines = [...nodes.values()].map(({ address, datacenter, rack, up }, index) => [
        String(index + 1),
        printableText(address),
        printableText(datacenter),
        printableText(rack),
        up === false ? paint('red', stateOf(up)) : stateOf(up),
      ]);
      const note = [...nodes.values()].some(({ up }) => up === null)
        ? 'unread: no application reads from its datacenter, so that this Weir has no connection to it\n'
        : '';
      return `${formatTextTable(['node', 'address', 'datacenter', 'rack', 'state'], lines, paint)}${note}`;
    },
  };
}

function stateOf(up: boolean | null): string {
  if (up === null) return 'unread';
  return up ? 'up' : 'down';
}
