import { systemClock } from '../../src/adapters/node/clock.ts';
import { createMemoryStream } from '../support/memory-invalidation-stream.ts';
import { describeInvalidationStream } from './invalidation-stream.suite.ts';

describeInvalidationStream('invalidations in memory', async () => {
  const server = createMemoryStream(systemClock);
  return { connect: async () => server.connect() };
});
