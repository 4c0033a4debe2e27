import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { composeSystem, type RunningSystem } from '../../src/compose.ts';
import { loadConfigAndSettings } from '../../src/config/load.ts';
import type { RunningCluster } from '../../topology/launcher/provider.ts';

/** A Weir in this process, on ports of its own, from a configuration as a user would write it. */
export async function startWeirWith(settings: Record<string, unknown>): Promise<RunningSystem> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-test-'));
  const file = path.join(folder, 'weir.yaml');
  writeFileSync(file, stringify(settings));
  try {
    return await composeSystem(loadConfigAndSettings({ file, env: {}, flags: [] }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Two applications, one a class, that may read `tables` on a real cluster. No copies are sent to learn of sick nodes,
 * so that reads can be counted; tables that are to be counted have no hedges either.
 */
export function startWeir(
  cluster: RunningCluster,
  tables: Readonly<Record<string, Record<string, unknown>>>,
): Promise<RunningSystem> {
  const grants = Object.fromEntries(Object.keys(tables).map((name) => [name, ['read']]));
  return startWeirWith({
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    cassandra: {
      contactPoints: cluster
        .nodes()
        .slice(0, 3)
        .map((node) => `${node.address}:${node.port}`),
      datacenter: 'us-east-1-frontend',
      sickNodes: 'ignore',
    },
    classes: {
      frontend: { datacenters: ['us-east-1-frontend'] },
      backend: { datacenters: ['us-east-1-backend'] },
    },
    applications: {
      storefront: { class: 'frontend', tables: grants },
      'nightly-report': { class: 'backend', tables: grants },
    },
    tables,
  });
}
