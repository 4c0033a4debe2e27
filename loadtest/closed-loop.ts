export interface ClosedLoop {
  /** How many tasks to run. */
  readonly count: number;
  /** How many run at the same time: the next starts when one ends. */
  readonly inFlight: number;
  /**
   * Waited for before each task and not measured. Without it a task starts in the very callback that ended another:
   * tasks of one process then fall into step, their messages leave together, and a server serves several with one
   * waking. Callers that know nothing of each other do not do it that favour.
   */
  readonly pause?: () => Promise<void>;
  /** Milliseconds on a clock that never goes back. */
  readonly nowMs?: () => number;
}

export interface LoopResult {
  readonly durationMs: number;
  /** One a task, ascending. */
  readonly latenciesMs: Float64Array;
}

/**
 * Runs a fixed number of tasks, a fixed number at a time. After a failure no further task starts; the first
 * error is thrown once those under way have ended, so nothing of the loop outlives it.
 */
export async function runClosedLoop(
  { count, inFlight, pause, nowMs = () => performance.now() }: ClosedLoop,
  task: (index: number) => Promise<void>,
): Promise<LoopResult> {
  const latenciesMs = new Float64Array(count);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (next < count && failure === undefined) {
      const index = next++;
      if (pause !== undefined) await pause();
      const startedMs = nowMs();
      try {
        await task(index);
      } catch (error) {
        failure ??= { error };
      }
      latenciesMs[index] = nowMs() - startedMs;
    }
  };
  const startedMs = nowMs();
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, work));
  if (failure !== undefined) throw failure.error;
  return { durationMs: nowMs() - startedMs, latenciesMs: latenciesMs.sort() };
}
