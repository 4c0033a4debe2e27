/** Limits of the file and changes at run time, put together and held to their rules. Values in, values out. */
import {
  type Limit,
  type LimitedOperation,
  type LimitId,
  type LimitSubject,
  limitedOperations,
  limitId,
} from './limit.ts';
import type { LimitChanges } from './limit-administration.ts';
import type { LimitChange, RunTimeSettings } from './limit-book.ts';
import { completeLimit, limitFaults } from './limit-rules.ts';

/** A limit as far as it is written; what is absent is the default's. A complete one is one, too. */
export type WrittenLimit = LimitChange & Pick<Limit, 'rate'>;

/** What the file says: its limits, and whose there can be. */
export interface FileLimits {
  readonly limits: ReadonlyMap<LimitId, WrittenLimit>;
  /** Names of classes by application. */
  readonly applications: ReadonlyMap<string, string>;
}

export interface ParsedLimitId {
  readonly subject: LimitSubject;
  readonly operation: LimitedOperation;
}

const members = ['rate', 'burst', 'mode', 'enforce', 'onOver', 'onStoreDown', 'sessions'] as const;

/** Undefined for what names no limit, in whatever configuration. */
export function parseLimitId(id: LimitId): ParsedLimitId | undefined {
  const slash = id.lastIndexOf('/');
  const operation = limitedOperations.find((name) => name === id.slice(slash + 1));
  const subject = slash < 1 ? undefined : parseSubject(id.slice(0, slash));
  return operation === undefined || subject === undefined ? undefined : { subject, operation };
}

function parseSubject(name: string): LimitSubject | undefined {
  if (name === 'fleet:all') return { kind: 'fleet' };
  const colon = name.indexOf(':');
  if (colon < 0) return { kind: 'application', name };
  const className = name.slice(colon + 1);
  if (name.slice(0, colon) !== 'class' || className === '' || className.includes(':')) return undefined;
  return { kind: 'class', name: className };
}

/** Whether the configuration has whom the limit is for. */
export function isConfigured(file: FileLimits, { subject, operation }: ParsedLimitId): boolean {
  if (subject.kind === 'fleet') return true;
  if (file.limits.has(limitId(subject, operation))) return true;
  if (subject.kind === 'application') return file.applications.has(subject.name);
  return [...file.applications.values()].includes(subject.name);
}

/** Without members that are undefined, in one order; undefined where nothing is left. */
export function canonicalChange(change: LimitChange): LimitChange | undefined {
  const written = members.flatMap((member) =>
    change[member] === undefined ? [] : [[member, change[member]] as const],
  );
  return written.length === 0 ? undefined : (Object.fromEntries(written) as LimitChange);
}

/**
 * What holds of a change over the file's limit. A change that no longer fits the file (it has no rate of its own and the
 * file has lost the limit, or both together break a rule) is as if it were not there. Undefined: no limit.
 */
export function mergeLimit(
  operation: LimitedOperation,
  file: WrittenLimit | undefined,
  change: LimitChange | undefined,
): Limit | undefined {
  const changed = change === undefined ? undefined : completed({ ...file, ...canonicalChange(change) });
  if (changed !== undefined && limitFaults(operation, { ...changed }).length === 0) return changed;
  return file === undefined ? undefined : completeLimit(file);
}

function completed(written: LimitChange): Limit | undefined {
  const { rate } = written;
  return rate === undefined ? undefined : completeLimit({ ...written, rate });
}

/** All limits that hold, by id; those that are `off` as well. */
export function effectiveLimits(
  file: FileLimits,
  settings: Pick<RunTimeSettings, 'limits'>,
): ReadonlyMap<LimitId, Limit> {
  const limits = new Map<LimitId, Limit>();
  for (const id of limitIds(file, settings)) {
    const parsed = parseLimitId(id);
    if (parsed === undefined || !isConfigured(file, parsed)) continue;
    const limit = mergeLimit(parsed.operation, file.limits.get(id), changeOf(settings, id));
    if (limit !== undefined) limits.set(id, limit);
  }
  return limits;
}

/** Of the file and of the settings, sorted. */
export function limitIds(file: FileLimits, settings: Pick<RunTimeSettings, 'limits'>): readonly LimitId[] {
  return [...new Set([...file.limits.keys(), ...Object.keys(settings.limits)])].sort();
}

export function changeOf(settings: Pick<RunTimeSettings, 'limits'>, id: LimitId): LimitChange | undefined {
  return Object.hasOwn(settings.limits, id) ? settings.limits[id] : undefined;
}

export function isSameLimit(one: Limit | undefined, other: Limit | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return members.every((member) => one[member] === other[member]);
}

/** The changes over what was set before, by sorted id. They must be free of faults. */
export function changedLimits(
  settings: Pick<RunTimeSettings, 'limits'>,
  changes: LimitChanges,
): RunTimeSettings['limits'] {
  const limits = new Map(Object.entries(settings.limits));
  for (const [id, change] of Object.entries(changes)) {
    const canonical = change === null ? undefined : canonicalChange(change);
    if (canonical === undefined) limits.delete(id);
    else limits.set(id, canonical);
  }
  return Object.fromEntries([...limits].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As an entity tag, quotes included. */
export function settingsTag({ version, id }: Pick<RunTimeSettings, 'version' | 'id'>): string {
  return version === 0 ? '"0"' : `"${version}-${id}"`;
}

/** Whether `seen` takes the place of `held`: a later version, or other settings of the same one, as after a split. */
export function takesPlaceOf(
  seen: Pick<RunTimeSettings, 'version' | 'id'>,
  held: Pick<RunTimeSettings, 'version' | 'id'>,
): boolean {
  return seen.version > held.version || (seen.version === held.version && seen.id !== held.id);
}
