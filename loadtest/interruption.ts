import { exitCodes } from './exit-codes.ts';
import { Teardown } from './teardown.ts';

/** Hands over where to note what was started, and ends that when the task is over or the process is told to end. */
export async function withTeardown<Result>(
  report: (line: string) => void,
  task: (teardown: Teardown) => Promise<Result>,
): Promise<Result> {
  const teardown = new Teardown(report);
  const removeHandlers = endOnSignals(teardown, report);
  try {
    return await task(teardown);
  } finally {
    await teardown.run();
    removeHandlers();
  }
}

/** Only the first signal counts: npm passes on what the terminal has sent already. */
function endOnSignals(teardown: Teardown, report: (line: string) => void): () => void {
  let interrupted = false;
  const end = (signal: NodeJS.Signals): void => {
    if (interrupted) return;
    interrupted = true;
    report(`${signal}: ending what was started`);
    void teardown.run().finally(() => process.exit(exitCodes.failed));
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}
