import type { NodeStatus } from './local-cluster.ts';

/** One line a node under a line of titles, in columns. */
export function nodeTable(nodes: readonly NodeStatus[]): readonly string[] {
  const rows = [
    ['NODE', 'ADDRESS', 'DATACENTER', 'RACK', 'CONDITION', 'PID'],
    ...nodes.map((node) => [
      node.name,
      `${node.address}:${node.port}`,
      node.datacenter,
      node.rack,
      node.condition === 'gone' ? 'down' : node.condition,
      String(node.pid ?? '-'),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
