import type { Writable } from 'node:stream';
import type { Surroundings, TextSink } from './surroundings.ts';

/** What ends sooner needs no word. */
const quietMs = 2_000;

/** Waits for `work`, and says on a terminal what is being waited for once it takes long. Settles as `work` does. */
export async function withProgress<Result>(
  { stderr, env }: Pick<Surroundings, 'stderr' | 'env'>,
  text: string,
  work: Promise<Result>,
): Promise<Result> {
  if (stderr.isTTY !== true || env['TERM'] === 'dumb') return work;
  let ended = false;
  let stop: () => void = () => {};
  const timer = setTimeout(() => {
    void startSpinner(stderr, text).then((stopSpinner) => {
      if (ended) stopSpinner();
      else stop = stopSpinner;
    });
  }, quietMs);
  try {
    return await work;
  } finally {
    ended = true;
    clearTimeout(timer);
    stop();
  }
}

async function startSpinner(stderr: TextSink, text: string): Promise<() => void> {
  const { default: createSpinner } = await import('yocto-spinner');
  // A terminal is a stream of Node's; signals belong to the verb.
  const spinner = createSpinner({ text, stream: stderr as unknown as Writable, handleSignals: false });
  spinner.start();
  return () => spinner.stop();
}
