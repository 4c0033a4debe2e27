import { openEmbeddedFixture } from '../support/embedded-fixture.ts';
import { describeCluster } from './cluster.suite.ts';

describeCluster('the embedded ring', async () => openEmbeddedFixture());
