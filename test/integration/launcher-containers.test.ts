import { describe, expect, test } from 'vitest';
import { defaultSpec } from '../../topology/launcher/cluster-spec.ts';
import { ContainerProvider } from '../../topology/launcher/container-provider.ts';
import { withNodeClient } from '../support/real-cluster.ts';

const provider = new ContainerProvider();
const reason = await provider.unavailable();
if (reason !== undefined) process.stderr.write(`a cluster of containers: skipped, ${reason}\n`);
const spec = {
  ...defaultSpec,
  name: 'containers',
  datacenters: [{ name: 'us-east-1-frontend', nodes: 2, racks: 2 }],
  quickStart: true,
};

describe.skipIf(reason !== undefined)(
  `a cluster of containers${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    test('serves, freezes, dies, comes back, grows and shrinks like a local one', async () => {
      const cluster = await provider.start(spec);
      try {
        await cluster.pause('node-2');
        await cluster.resume('node-2');
        await cluster.kill('node-2');
        await cluster.start('node-2');
        const added = await cluster.add({ datacenter: 'us-east-1-frontend' });
        expect(await cluster.cpuSeconds(added.name)).toBeGreaterThan(0);
        await cluster.remove(added.name);
        expect(cluster.nodes().map(({ rack }) => rack)).toEqual(['us-east-1a', 'us-east-1b']);
        for (const node of cluster.nodes()) {
          const local = await withNodeClient(node, (client) =>
            client.execute('SELECT rack FROM system.local'),
          );
          expect(local.first()?.['rack']).toBe(node.rack);
        }
      } finally {
        await cluster.stop();
      }
    }, 900_000);
  },
);
