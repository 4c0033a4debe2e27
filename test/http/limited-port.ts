import { completeLimit } from '../../src/core/throttle/limit-rules.ts';
import { createOwnLimits } from '../../src/core/throttle/own-limits.ts';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import { products } from '../support/scripted-cluster.ts';
import { openScriptedReads, type ScriptedReadsOptions } from '../support/scripted-reads.ts';
import { createScriptedThrottle } from '../support/scripted-throttle.ts';
import { createDataApp } from './data-app-fixture.ts';

/** A whole data port over a scripted cluster; its application has so many units to read with, of 40,000. */
export function openLimitedPort(units: number, options: ScriptedReadsOptions = {}) {
  const throttle = createScriptedThrottle(units);
  const limit = completeLimit({ rate: 20_000, burst: 40_000, mode: 'lease' });
  const reads = openScriptedReads([products], { ...options, throttle });
  throttle.standing = () => ({
    policy: 'read',
    rate: limit.rate,
    burst: limit.burst,
    remaining: Math.max(0, throttle.left),
    fullInMs: (limit.burst - throttle.left) / 20,
  });
  const book = {
    chain: (_: unknown, operation: string) =>
      operation === 'read' ? [{ id: 'storefront/read', policy: 'read', limit }] : [],
    isPaused: () => false,
  };
  const { application } = reads;
  const port = createDataApp(reads.lookUp, {
    clock: reads.clock,
    readRow: reads.readRow,
    standing: throttle.standing,
    limits: createOwnLimits(book, throttle),
    authenticator: createAuthenticator({
      mode: 'trusted',
      applications: new Map([[application.name, application]]),
      trustedProxies: ['127.0.0.1'],
    }),
  });
  const ask = (keys: readonly string[], headers: Record<string, string> = {}) =>
    port.lookUp({ headers, payload: JSON.stringify({ keys }) });
  return { ...reads, port, throttle, ask };
}
