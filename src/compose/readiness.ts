import { systemClock } from '../adapters/node/clock.ts';
import { type ConditionReport, createConditionBook, type Readiness } from '../core/readiness.ts';
import type { LiveConfig } from './live-config.ts';
import type { OpenCluster } from './open-cluster.ts';
import type { Lint } from './topology-view.ts';

const mostLintTold = 5;

/** Everything that has a say in whether this instance can serve. */
export function createReadiness(
  open: OpenCluster,
  live: LiveConfig,
  lint: Lint,
  limiter: () => ConditionReport | undefined,
  isDraining: () => boolean,
): () => Readiness {
  const conditions = createConditionBook(systemClock);
  const topology = (): ConditionReport => {
    const found = lint(live.current().topology, open.cluster.state());
    const more = found.length > mostLintTold ? `; and ${found.length - mostLintTold} more` : '';
    const reason = `${found.slice(0, mostLintTold).join('; ')}${more}`;
    return { name: 'topology', state: found.length > 0 ? 'warning' : 'ok', reason };
  };
  const shutdown = (): ConditionReport =>
    isDraining()
      ? { name: 'shutdown', state: 'failed', reason: 'this instance is shutting down' }
      : { name: 'shutdown', state: 'ok', reason: '' };
  return () => {
    const limits = limiter();
    const others = limits === undefined ? [] : [limits];
    return conditions.readiness([open.condition(), live.condition(), topology(), ...others, shutdown()]);
  };
}
