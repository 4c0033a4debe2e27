import type { LimitsDifference } from './limit-administration.ts';
import type { RunTimeSettings } from './limit-book.ts';
import { effectiveLimits, type FileLimits, isSameLimit } from './settings-changes.ts';

type SettingsBody = Pick<RunTimeSettings, 'limits' | 'paused'>;

/** What would hold otherwise, by id and by name. */
export function settingsDifference(
  file: FileLimits,
  before: SettingsBody,
  after: SettingsBody,
): Pick<LimitsDifference, 'limits' | 'paused'> {
  const held = effectiveLimits(file, before);
  const next = effectiveLimits(file, after);
  const names = [...new Set([...before.paused, ...after.paused])].sort();
  return {
    limits: [...new Set([...held.keys(), ...next.keys()])]
      .sort()
      .filter((id) => !isSameLimit(held.get(id), next.get(id)))
      .map((id) => ({ id, before: held.get(id) ?? null, after: next.get(id) ?? null })),
    paused: names
      .map((application) => ({
        application,
        before: before.paused.includes(application),
        after: after.paused.includes(application),
      }))
      .filter((change) => change.before !== change.after),
  };
}
