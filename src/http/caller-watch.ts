import type { ServerResponse } from 'node:http';
import type { CallerWatch } from '../core/throttle/throttle.ts';

/** Watches whether the caller closes its connection while there is no answer yet. Costs nothing until somebody listens. */
export function watchCaller(response: ServerResponse): CallerWatch {
  return {
    get gone() {
      return response.closed || response.destroyed;
    },
    onGone(listener) {
      if (response.closed || response.destroyed) {
        listener();
        return () => {};
      }
      response.once('close', listener);
      return () => response.removeListener('close', listener);
    },
  };
}
