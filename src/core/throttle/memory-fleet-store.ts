import type { FleetStore, SettingsAuditLine, UsageCount } from './fleet.ts';
import { fleetBounds } from './fleet-bounds.ts';
import { noRunTimeSettings, type RunTimeSettings } from './limit-book.ts';
import { UsageTotals } from './usage-totals.ts';

type SettingsName = Pick<RunTimeSettings, 'version' | 'id'>;

/**
 * The fleet of a process without Redis: itself. What is set at run time lives as long as the process. `wallMs`: since
 * 1970. Never rejects.
 */
export function createMemoryFleetStore(wallMs: () => number): FleetStore {
  /** When each instance was last heard of. */
  const members = new Map<string, number>();
  /** By second; at most so many as can be asked for, to either side of now. */
  const board = new Map<number, UsageTotals>();
  let settings = noRunTimeSettings;
  let audit: readonly SettingsAuditLine[] = [];

  const secondNow = (): number => Math.floor(wallMs() / 1_000);
  const count = (counts: readonly UsageCount[]): void => {
    const now = secondNow();
    for (const second of board.keys()) {
      if (Math.abs(second - now) > fleetBounds.usageSeconds) board.delete(second);
    }
    if (counts.length === 0) return;
    const totals = board.get(now) ?? new UsageTotals();
    totals.addAll(counts);
    board.set(now, totals);
  };

  return {
    async pulse({ instance, aliveMs, counts }) {
      const nowMs = wallMs();
      members.set(instance, nowMs);
      for (const [name, heardMs] of members) {
        if (Math.abs(nowMs - heardMs) > aliveMs) members.delete(name);
      }
      count(counts);
      const { version, id } = settings;
      // Nobody else is to be told of invalidations.
      return {
        instances: members.size,
        settings: { version, id },
        invalidations: { sequence: 0, epoch: '' },
      };
    },
    async leave(instance) {
      members.delete(instance);
    },
    readSettings: async () => settings,
    async changeSettings({ before, after, audit: lines }) {
      if (!isSame(before, settings)) return false;
      settings = after;
      audit = [...lines.toReversed(), ...audit].slice(0, fleetBounds.auditLines);
      return true;
    },
    async restoreSettings(lost) {
      if (settings.version >= lost.version) return false;
      settings = lost;
      return true;
    },
    audit: async (most) => audit.slice(0, most),
    async usage(seconds) {
      const now = secondNow();
      return [...board]
        .filter(([second]) => second < now && second >= now - Math.min(seconds, fleetBounds.usageSeconds))
        .sort(([one], [other]) => one - other)
        .map(([second, totals]) => ({ second, counts: totals.list() }))
        .filter(({ counts }) => counts.length > 0);
    },
  };
}

function isSame(one: SettingsName, other: SettingsName): boolean {
  return one.version === other.version && one.id === other.id;
}
