import type { RunningCluster } from '../../topology/launcher/provider.ts';
import { describeCluster, nodesUnderTest } from '../bench-cluster.ts';
import { PeriodicFreeze } from '../periodic-freeze.ts';
import { isReached, targetTable, writeResult } from '../report.ts';
import { SlowNode } from '../slow-node.ts';
import { percentile } from '../statistics.ts';
import { errorTarget, summarizeTurns, tailNames, tailTable, tailTargets } from '../tail-summary.ts';
import { runTurns, type TailVariant, type Turn } from '../tail-turns.ts';
import { WeirVariant } from '../variants/weir.ts';
import type { BenchSession } from './session.ts';

const freezes = { everyMs: 1_500, forMs: 300 };
const slownessMs = 50;
/** So many that no look-up waits for one, whatever stands still. */
const connections = 1_000;
/** Without anything that spares a look-up the wait for a slow node. */
const alone = { table: { speculativeRetry: 'NONE' }, cassandra: { sickNodes: 'ignore' } };

/** What look-ups at a fixed rate feel of one node that stands still now and then, or is slow. */
export async function benchTail(session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const cluster = await session.cluster();
  const nodes = nodesUnderTest(cluster);
  const victim = nodes.at(-1);
  if (victim === undefined) throw new Error(`cluster ${cluster.name} has no nodes under test`);
  const slowNode = new SlowNode(nodes, victim, slownessMs);
  session.atEnd('the proxy of the slow node', () => slowNode.stop());
  await slowNode.start();
  const weirs = createWeirs(cluster, slowNode.topologyFile);
  const all = Object.values(weirs);
  const freeze = freezeOf(session, cluster, victim.name);
  const variants: readonly TailVariant[] = [
    { weir: weirs.undisturbed },
    { weir: weirs.frozenAlone, freeze },
    { weir: weirs.frozen, freeze },
    { weir: weirs.slow },
    { weir: weirs.slowAlone },
  ];
  const turns = await session.withVariants(all, async () => {
    const turns = await runTurns(variants, options, report);
    for (const weir of [weirs.slow, weirs.slowAlone]) slowNode.checkUsed(await weir.metrics());
    return turns;
  });
  const summaries = summarizeTurns(Object.values(tailNames), turns);
  const targets = tailTargets(summaries);
  print(
    `## ${options.keysPerLookUp} keys a look-up, ${options.rate} look-ups/s, ${nodes.length} nodes, of which one is ` +
      `frozen ${freezes.forMs} ms every ${freezes.everyMs} ms, or ${slownessMs} ms slow\n`,
  );
  print(`${tailTable(summaries)}\n`);
  print(`${targetTable(targets)}\n`);
  if (options.short) {
    print('A short run: only errors are judged.\n');
    return isReached(errorTarget(summaries));
  }
  report(
    `written to ${writeResult('tail', { cluster: await describeCluster(cluster), options, targets, summaries, turns: turns.map(turnRecord) })}`,
  );
  return targets.every(isReached);
}

/** By the keys of `tailNames`. One a variant: what a Weir has learnt of the nodes is its own. */
function createWeirs(cluster: RunningCluster, topologyFile: string) {
  const weir = (name: string, settings: Partial<typeof alone>, slow: boolean): WeirVariant => {
    const cassandra = { ...settings.cassandra, ...(slow ? { topologyFile } : {}) };
    return new WeirVariant(cluster, { name, connections, table: settings.table ?? {}, cassandra });
  };
  return {
    undisturbed: weir(tailNames.undisturbed, {}, false),
    frozenAlone: weir(tailNames.frozenAlone, alone, false),
    frozen: weir(tailNames.frozen, {}, false),
    slow: weir(tailNames.slow, {}, true),
    slowAlone: weir(tailNames.slowAlone, alone, true),
  };
}

/** Whatever interrupts the run, the node is thawed. */
function freezeOf(session: BenchSession, cluster: RunningCluster, node: string): () => PeriodicFreeze {
  let latest: PeriodicFreeze | undefined;
  session.atEnd(`the freezes of ${node}`, async () => latest?.stop());
  return () => {
    latest = new PeriodicFreeze(cluster, { node, ...freezes });
    return latest;
  };
}

function turnRecord({ latenciesMs, lateMs, ...turn }: Turn): object {
  const ascending = latenciesMs.toSorted();
  const [p50Ms, p95Ms, p99Ms, maxMs] = [0.5, 0.95, 0.99, 1].map((share) => percentile(ascending, share));
  return { ...turn, p50Ms, p95Ms, p99Ms, maxMs, lateMaxMs: percentile(lateMs.toSorted(), 1) };
}
