import type { LimitAdministration } from '../../src/core/throttle/limit-administration.ts';
import { createAdminApp } from './admin-app-fixture.ts';
import { createLimitAdministration } from './admin-limits-fixture.ts';

export const jsonHeaders = { 'content-type': 'application/json', 'x-request-id': 'r-1' };

/** An admin port, and what its limits were asked for. */
export function openLimits(limits: Partial<LimitAdministration> = {}) {
  const asked: unknown[][] = [];
  const answers = { ...createLimitAdministration({ limits: 0, pause: 0 }), ...limits };
  const fixture = createAdminApp({
    administration: {
      limits: {
        ...answers,
        change: (...call) => {
          asked.push(['change', ...call]);
          return answers.change(...call);
        },
        pause: (...call) => {
          asked.push(['pause', ...call]);
          return answers.pause(...call);
        },
        usage: (...call) => {
          asked.push(['usage', ...call]);
          return answers.usage(...call);
        },
        history: (...call) => {
          asked.push(['history', ...call]);
          return answers.history(...call);
        },
      },
    },
  });
  const put = (url: string, payload: string, headers: Record<string, string> = jsonHeaders) =>
    fixture.ask('PUT', url, { headers, payload });
  return { ...fixture, asked, put };
}
