import type { Replication } from '../topology/cluster-state.ts';

const ownPackage = 'org.apache.cassandra.locator.';

/**
 * Reads the `replication` map of `system_schema.keyspaces`.
 *
 * A factor is `3`, or `3/1` where one of the three replicas is transient: it drops its data after a repair,
 * so it is no owner, but it takes its place on the ring. A map that does not make sense gives `other`:
 * no owner is named rather than a wrong one.
 */
export function parseReplication(options: Readonly<Record<string, string>>): Replication {
  const { class: className = '', ...settings } = options;
  const name = className.startsWith(ownPackage) ? className.slice(ownPackage.length) : className;
  const replication =
    name === 'SimpleStrategy'
      ? simple(settings)
      : name === 'NetworkTopologyStrategy'
        ? networkTopology(settings)
        : undefined;
  return replication ?? { strategy: 'other', name: className };
}

function simple(settings: Readonly<Record<string, string>>): Replication | undefined {
  const { replication_factor: text } = settings;
  const factor = parseFactor(text);
  return factor && { strategy: 'SimpleStrategy', factor: factor.full };
}

function networkTopology(settings: Readonly<Record<string, string>>): Replication | undefined {
  const factors = new Map<string, number>();
  const transient = new Map<string, number>();
  for (const [datacenter, text] of Object.entries(settings)) {
    const factor = parseFactor(text);
    if (factor === undefined) return undefined;
    factors.set(datacenter, factor.full);
    if (factor.transient > 0) transient.set(datacenter, factor.transient);
  }
  const strategy = 'NetworkTopologyStrategy';
  return transient.size === 0 ? { strategy, factors } : { strategy, factors, transient };
}

const factorText = /^([0-9]{1,9})(?:\/([0-9]{1,9}))?$/;

function parseFactor(text: string | undefined): { full: number; transient: number } | undefined {
  const match = factorText.exec(text ?? '');
  if (match === null) return undefined;
  const all = Number(match[1]);
  const transient = Number(match[2] ?? 0);
  return transient > all ? undefined : { full: all - transient, transient };
}
