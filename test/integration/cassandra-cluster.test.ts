import { describeCluster } from '../contract/cluster.suite.ts';
import { openCassandraFixture } from '../support/cassandra-fixture.ts';
import { describeWithCluster, realCluster } from '../support/real-cluster.ts';

describeWithCluster('the driver adapter', () => {
  describeCluster('on a real cluster', () => openCassandraFixture(realCluster()));
});
