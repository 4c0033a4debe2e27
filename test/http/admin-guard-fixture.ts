import { type GuardAdministration, type GuardView, unsteered } from '../../src/core/guard/guard.ts';

/** A guard that slows, as another instance leads it. */
export const guardView: GuardView = {
  enabled: true,
  settings: { targetMs: 60, min: 0.1, protects: ['frontend'], slows: ['backend'] },
  steering: {
    factor: 0.35,
    phase: 'cut',
    latency: { samples: 1_234, p95Ms: 82.4 },
    rates: { backend: { read: 12_000, scan: 500 } },
  },
  override: null,
  leader: 'weir-2',
  isLeader: false,
  epoch: 7,
  ageMs: 412,
};

export const noGuard: GuardView = {
  enabled: false,
  settings: null,
  steering: unsteered,
  override: null,
  leader: null,
  isLeader: false,
  epoch: 0,
  ageMs: null,
};

export function createGuardAdministration(changes: { guard: number }): GuardAdministration {
  let view = guardView;
  return {
    view: () => view,
    override: async (factor, by) => {
      changes.guard += 1;
      view =
        factor === null
          ? guardView
          : {
              ...guardView,
              steering: { ...guardView.steering, factor, phase: 'manual' },
              override: { factor, by, at: '2026-11-21T10:00:00.000Z' },
            };
      return view;
    },
  };
}
