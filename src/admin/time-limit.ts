import { RequestError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

/** What takes longer is given up by the caller; the work itself goes on and is dropped. */
const longestWaitMs = 10_000;

/** Rejects with a `RequestError` (`deadline-exceeded`) when the work is not done in time. */
export function limitTime<Result>(clock: Clock, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(longestWaitMs, () => {
      reject(new RequestError('deadline-exceeded', 'the answer was not ready in time'));
    });
    work.then(resolve, reject).finally(cancel);
  });
}
