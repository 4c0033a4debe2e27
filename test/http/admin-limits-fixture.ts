import type { Limit } from '../../src/core/throttle/limit.ts';
import type {
  LimitAdministration,
  LimitsDifference,
  LimitsView,
  UsageView,
} from '../../src/core/throttle/limit-administration.ts';

const limit: Limit = {
  rate: 20_000,
  burst: 40_000,
  mode: 'lease',
  enforce: 'on',
  onOver: 'reject',
  onStoreDown: 'local',
};

export const limitsView: LimitsView = {
  tag: '"7-0a1b2c3d4e5f6071"',
  version: 7,
  limits: [
    {
      id: 'class:backend/scan',
      subject: 'class:backend',
      operation: 'scan',
      limit: null,
      file: null,
      change: { onOver: 'wait' },
    },
    {
      id: 'storefront/connect',
      subject: 'storefront',
      operation: 'connect',
      limit: { ...limit, mode: 'exact', sessions: 200 },
      file: { ...limit, mode: 'exact', sessions: 200 },
      change: null,
    },
    {
      id: 'storefront/read',
      subject: 'storefront',
      operation: 'read',
      limit,
      file: { ...limit, rate: 5_000 },
      change: { rate: 20_000 },
    },
  ],
  paused: ['nightly-report'],
};

export const limitsDifference: LimitsDifference = {
  tag: '"8-1122334455667788"',
  version: 8,
  dryRun: false,
  limits: [{ id: 'storefront/read', before: limit, after: { ...limit, rate: 500 } }],
  paused: [{ application: 'nightly-report', before: true, after: false }],
};

export const usageView: UsageView = {
  windowSeconds: 60,
  instances: 3,
  totals: [
    {
      application: 'storefront',
      operation: 'read',
      admitted: 120,
      refused: 3,
      admittedPerSecond: 2,
      refusedPerSecond: 0.05,
      rate: 20_000,
    },
    {
      application: 'nightly-report',
      operation: 'scan',
      admitted: -5,
      refused: 0,
      admittedPerSecond: -0.1,
      refusedPerSecond: 0,
      rate: null,
    },
  ],
  seconds: [
    {
      second: 1_795_255_200,
      counts: [{ application: 'storefront', operation: 'read', admitted: 120, refused: 3 }],
    },
  ],
};

/** Answers as above; `changes` tells how often it was to change something. */
export function createLimitAdministration(changes: { limits: number; pause: number }): LimitAdministration {
  return {
    view: () => limitsView,
    change: async (_changes, { dryRun }) => {
      if (!dryRun) changes.limits += 1;
      return { ...limitsDifference, dryRun };
    },
    pause: async (_application, _paused, { dryRun }) => {
      if (!dryRun) changes.pause += 1;
      return { ...limitsDifference, dryRun };
    },
    usage: async (windowSeconds) => ({ ...usageView, windowSeconds }),
    history: async (most) =>
      [
        {
          version: 7,
          at: '2026-11-21T10:00:00.000Z',
          by: 'operator 0a1b2c3d',
          what: 'limit storefront/read',
          before: null,
          after: { rate: 20_000 },
        },
      ].slice(0, most),
  };
}
