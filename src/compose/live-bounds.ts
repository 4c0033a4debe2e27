import type { Bounds } from '../core/reads/settings.ts';
import type { LiveConfig } from './live-config.ts';

/** The bounds as they are now; the framework is given its body limit once, so that one stays. */
export function liveBounds(live: LiveConfig): Bounds {
  const { bodyBytes } = live.current().bounds;
  const now = (): Bounds => live.current().bounds;
  return {
    bodyBytes,
    get keys() {
      return now().keys;
    },
    get rows() {
      return now().rows;
    },
    get answerBytes() {
      return now().answerBytes;
    },
    get timeoutMs() {
      return now().timeoutMs;
    },
    get defaultTimeoutMs() {
      return now().defaultTimeoutMs;
    },
    get inFlightPerHost() {
      return now().inFlightPerHost;
    },
    get keysInFlight() {
      return now().keysInFlight;
    },
    get writeRows() {
      return now().writeRows;
    },
  };
}
