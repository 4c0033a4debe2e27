import type { IsolationTurn } from '../../../loadtest/isolation-turn.ts';

interface TurnParts extends Partial<Pick<IsolationTurn, 'variant' | 'round' | 'failed' | 'job' | 'guard'>> {
  readonly latencyMs?: (atMs: number) => number;
}

/** One second alone, one of settling, two that are judged; a look-up in the middle of each 100 ms. */
export function isolationTurn({ latencyMs = () => 10, ...parts }: TurnParts): IsolationTurn {
  const dueMs = Float64Array.from({ length: 40 }, (_, index) => -950 + index * 100);
  return {
    variant: 'some variant',
    round: 1,
    plan: { aloneMs: 1_000, settleMs: 1_000, measureMs: 2_000, rate: 10, keysPerLookUp: 50 },
    dueMs,
    latenciesMs: dueMs.map(latencyMs),
    lateMs: dueMs.map(() => 0),
    failed: [],
    job: [],
    guard: [],
    ...parts,
  };
}
