import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCluster } from '../bench-cluster.ts';
import { type CpuProfile, type ProfileSummary, type Share, summarizeProfile } from '../cpu-profile.ts';
import { markdownTable, writeResult } from '../report.ts';
import { runRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { WeirVariant } from '../variants/weir.ts';
import type { BenchSession } from './session.ts';

const shownFunctions = 15;

/**
 * Where Weir's own processor time goes. Two Weirs take turns: one is profiled, the other tells what a look-up
 * costs without the profiler.
 */
export async function benchProfile(session: BenchSession): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-profile-'));
  try {
    return await profileInto(directory, session);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function profileInto(directory: string, session: BenchSession): Promise<boolean> {
  const { options, print, report } = session;
  const cluster = await session.cluster();
  const connections = options.inFlight;
  const plain = new WeirVariant(cluster, { name: 'weir', connections });
  const profiled = new WeirVariant(cluster, {
    name: 'weir, profiled',
    connections,
    nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${directory}`],
  });
  const measured = await session.withVariants([plain, profiled], async (variants) => {
    const warmUp = { ...options, rounds: 0 };
    await runRounds(cluster, variants, warmUp, report);
    const fromMicros = monotonicMicros();
    const rounds = await runRounds(cluster, variants, { ...options, warmUpRounds: 0 }, report);
    return { fromMicros, toMicros: monotonicMicros(), rounds };
  });
  const summary = summarizeProfile(readProfile(directory), measured.fromMicros, measured.toMicros);
  const cpuMs = (name: string): number =>
    median(measured.rounds.filter(({ variant }) => variant === name).map((round) => round.proxyCpuMs));
  const perLookUpMs = cpuMs(plain.name);
  print(
    `## Weir's own processor time: ${perLookUpMs.toFixed(2)} ms a look-up of ${options.keysPerLookUp} keys ` +
      `(${cpuMs(profiled.name).toFixed(2)} ms under the profiler), all threads\n`,
  );
  printProfile(summary, print);
  const { categories, functions, busyMs } = summary;
  const result = {
    cluster: await describeCluster(cluster),
    options,
    perLookUpMs,
    busyMs,
    categories,
    functions: functions.slice(0, shownFunctions),
  };
  report(`written to ${writeResult('profile', result)}`);
  return true;
}

function printProfile(summary: ProfileSummary, print: (text: string) => void): void {
  const shares = (title: string, rows: readonly Share[]): string =>
    markdownTable<Share>(
      [
        { title, value: ({ name }) => name },
        { title: '% of the main thread', value: ({ share }) => share * 100, digits: 1 },
      ],
      rows,
    );
  print(`${shares('where', summary.categories)}\n`);
  print(`${shares('function, its own time', summary.functions.slice(0, shownFunctions))}\n`);
}

/** The clock of V8's profiles: the system's monotonic one. */
function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

function readProfile(directory: string): CpuProfile {
  const name = readdirSync(directory).find((file) => file.endsWith('.cpuprofile'));
  if (name === undefined) throw new Error('Weir left no profile; it must end by itself to write one');
  return JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile;
}
