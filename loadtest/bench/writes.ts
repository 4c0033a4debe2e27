import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { describeCluster, nodesUnderTest } from '../bench-cluster.ts';
import type { Item } from '../dataset.ts';
import { isReached, targetTable, writeResult } from '../report.ts';
import { measureRest } from '../rounds.ts';
import { type Turn, takeTurns } from '../scan-and-write-turns.ts';
import { writeInOneBatch, writeSingly } from '../variants/write-driver.ts';
import type { WriteVariant } from '../variants/write-variant.ts';
import { WriteWeir } from '../variants/write-weir.ts';
import { WriteProof } from '../write-proof.ts';
import { leastCostly, summarizeWrites, writeTable, writeTargets } from '../write-summary.ts';
import { type WriteOutcome, writeAll, writesOfRound } from '../write-turns.ts';
import type { BenchSession } from './session.ts';

const table = 'write_items';
const restSeconds = 10;
/** Writes of a turn that are read back, one row of each. */
const provenWrites = 20;

/** Writes of some rows: Weir, by its ways of grouping, against the driver used directly. */
export async function benchWrites(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const cluster = await session.bareCluster();
  const { restMs, turns, summaries } = await compareWrites(session, cluster);
  const targets = writeTargets(summaries);
  print(
    `## Writes of ${options.keysPerLookUp} rows, ${nodesUnderTest(cluster).length} nodes, ` +
      `${options.inFlight} at once, LOCAL_QUORUM, medians of ${options.rounds} rounds\n`,
  );
  print(`${writeTable(summaries)}\n`);
  print(`At rest the nodes use ${restMs.toFixed(0)} ms of CPU a second. ${leastCostly(summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  report(
    `written to ${writeResult('writes', { cluster: await describeCluster(cluster), options, targets, restMs, summaries, turns })}`,
  );
  return targets.every(isReached);
}

async function compareWrites(session: BenchSession, cluster: RunningCluster) {
  const { options, report } = session;
  const { inFlight: connections } = options;
  const variants: readonly WriteVariant[] = [
    new WriteWeir(cluster, { name: 'weir, by row', table, grouping: 'row', connections }),
    new WriteWeir(cluster, { name: 'weir, by owner', table, grouping: 'owner', connections }),
    new WriteWeir(cluster, { name: 'weir, by request', table, grouping: 'request', connections }),
    writeSingly(cluster, table),
    writeInOneBatch(cluster, table),
  ];
  const proof = new WriteProof(cluster, table);
  return session.withVariants([proof, ...variants], async () => {
    report(`measuring the nodes at rest for ${restSeconds} s`);
    const restMs = await measureRest(cluster, restSeconds);
    // No two turns write the same: rows that an earlier one has left prove nothing.
    let turnsSoFar = 0;
    const turnOf = (variant: WriteVariant, round: number): Turn<WriteOutcome> => {
      turnsSoFar += 1;
      return writeOnce(variant, proof, writesOfRound(options, round, turnsSoFar), options.inFlight);
    };
    const turns = await takeTurns(cluster, variants, options, turnOf, report);
    for (const { name, firstFault } of variants) {
      if (firstFault !== undefined) report(`${name}: the first row that failed: ${firstFault}`);
    }
    return { restMs, turns, summaries: variants.map(({ name }) => summarizeWrites(name, turns, restMs)) };
  });
}

function writeOnce(
  variant: WriteVariant,
  proof: WriteProof,
  writes: readonly (readonly Item[])[],
  inFlight: number,
): Turn<WriteOutcome> {
  return {
    run: () => writeAll(variant, writes, inFlight),
    check: async ({ failedRows }) => {
      // Rows that failed are counted; they may be there or not.
      if (failedRows > 0) return;
      await proof.check(writes.slice(-provenWrites).flatMap((rows) => rows.slice(-1)));
    },
  };
}
