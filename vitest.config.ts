import { defineConfig } from 'vitest/config';

/** Files share a worker and its modules: no test leaves anything behind, and importing would take half of the time. */
const shared = {
  isolate: false,
  pool: 'threads',
  maxWorkers: 2,
  setupFiles: ['test/support/property-setup.ts'],
};

/**
 * One project a cost class. `unit`, `contract` and `http` need no server and make up `npm run check`;
 * `redis` starts Redis servers of its own in each file; `integration` runs against one real Cassandra cluster that its global setup starts; `e2e` starts whole
 * processes, on the same cluster where both run. Projects with servers run one file after another: two cores carry
 * one cluster, not two.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...shared } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...shared } },
      { test: { name: 'http', include: ['test/http/**/*.test.ts'], ...shared } },
      {
        test: {
          name: 'redis',
          include: ['test/redis/**/*.test.ts'],
          // Each file has servers of its own, and mostly waits for them.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/real-cluster-setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/real-cluster-setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
