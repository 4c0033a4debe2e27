import type { ReadTelemetry } from '../../src/core/ports.ts';

/** Nobody listens; a fault of Weir's own fails the test. */
export const silentTelemetry: ReadTelemetry = {
  replicaRead() {},
  retry() {},
  lookUp() {},
  hedge() {},
  orphan() {},
  cache() {},
  unexpected(error) {
    throw error;
  },
};
