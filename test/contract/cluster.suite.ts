import { afterAll, beforeAll, describe } from 'vitest';
import type { ClusterFixture } from './cluster-fixture.ts';
import { describeKeys } from './cluster-keys.suite.ts';
import { describePages } from './cluster-pages.suite.ts';
import { type ClusterProbe, openProbe } from './cluster-probe.ts';
import { describeRouting } from './cluster-routing.suite.ts';
import { describeRows } from './cluster-rows.suite.ts';
import { describeShape } from './cluster-shape.suite.ts';
import { describeValues } from './cluster-values.suite.ts';
import { describeWrites } from './cluster-writes.suite.ts';

/** What every `JobCluster` does, real or not. Opens one fixture for all of it; see `ClusterFixture` for what that must offer. */
export function describeCluster(name: string, open: () => Promise<ClusterFixture>): void {
  describe(name, () => {
    let opened: ClusterProbe | undefined;
    const probe = (): ClusterProbe => {
      if (opened === undefined) throw new Error('the fixture did not open');
      return opened;
    };
    beforeAll(async () => {
      opened = await openProbe(await open());
    });
    afterAll(() => opened?.fixture.close());

    describeShape(probe);
    describeKeys(probe);
    describeValues(probe);
    describeRows(probe);
    describeRouting(probe);
    describePages(probe);
    describeWrites(probe);
  });
}
