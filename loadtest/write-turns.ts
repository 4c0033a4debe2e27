import { runClosedLoop } from './closed-loop.ts';
import { type Item, itemOf, randomKeys } from './dataset.ts';
import { seededRandom } from './random.ts';
import type { RoundsPlan } from './rounds.ts';
import type { TurnOutcome } from './scan-and-write-turns.ts';
import { percentile, sum } from './statistics.ts';
import type { WriteVariant } from './variants/write-variant.ts';

export interface WriteOutcome extends TurnOutcome {
  /** Of a write, with all of its rows. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Rows that were not acknowledged. */
  readonly failedRows: number;
}

/** What all variants of a round write: the same rows, but for `stock`, which tells whose they are. */
export function writesOfRound(
  { lookUps, keysPerLookUp }: Pick<RoundsPlan, 'lookUps' | 'keysPerLookUp'>,
  round: number,
  stock: number,
): readonly (readonly Item[])[] {
  const random = seededRandom(round);
  return Array.from({ length: lookUps }, () =>
    randomKeys(keysPerLookUp, random).map((key) => ({ ...itemOf(key), stock })),
  );
}

export async function writeAll(
  variant: Pick<WriteVariant, 'write'>,
  writes: readonly (readonly Item[])[],
  inFlight: number,
): Promise<WriteOutcome> {
  let failedRows = 0;
  const { durationMs, latenciesMs } = await runClosedLoop(
    { count: writes.length, inFlight },
    async (index) => {
      const failed = await variant.write(writes[index] ?? []);
      failedRows += failed;
    },
  );
  return {
    rows: sum(writes.map(({ length }) => length)),
    durationMs,
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    failedRows,
  };
}
