import { describeCluster, nodesUnderTest } from '../bench-cluster.ts';
import { writeResult } from '../report.ts';
import { runRounds } from '../rounds.ts';
import { summarize, summaryTable } from '../summary.ts';
import { WeirVariant, type WeirVariantOptions } from '../variants/weir.ts';
import type { BenchSession } from './session.ts';

/** Weirs that differ only in how they group keys: by the bound on a group, and where asked for, by the way. */
export async function benchGroupSize(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const cluster = await session.cluster();
  const variants = groupingVariants(options.groupSizes, options.groupings).map(
    ({ name, table }) => new WeirVariant(cluster, { name, table, connections: options.inFlight }),
  );
  // All of them stay alive and take turns: one that was just started would be measured without its compiled code.
  const { rounds, summaries } = await session.withVariants(variants, async () => {
    const rounds = await runRounds(cluster, variants, options, report);
    return { rounds, summaries: summarize(variants, rounds) };
  });
  print(
    `## Group size, ${options.keysPerLookUp} keys a look-up, ${nodesUnderTest(cluster).length} nodes, ` +
      `${options.inFlight} in flight, medians of ${options.rounds} rounds\n`,
  );
  print(`${summaryTable(summaries)}\n`);
  report(
    `written to ${writeResult('group-size', { cluster: await describeCluster(cluster), options, summaries, rounds })}`,
  );
  return true;
}

export function groupingVariants(
  groupSizes: readonly (number | 'unbounded')[],
  groupings: readonly string[],
): readonly Required<Pick<WeirVariantOptions, 'name' | 'table'>>[] {
  return [
    ...groupSizes.map((size) => ({
      name: size === 'unbounded' ? 'unbounded' : `at most ${size}`,
      table: { grouping: 'owner', maxKeysPerGroup: size },
    })),
    // Unbounded, so that nothing but the grouping makes the messages.
    ...groupings.map((grouping) => ({
      name: `by ${grouping}`,
      table: { grouping, maxKeysPerGroup: 'unbounded' },
    })),
  ];
}
