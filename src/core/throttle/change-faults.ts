import { RequestError, type RequestFault } from '../errors.ts';
import type { LimitId } from './limit.ts';
import type { LimitChange, RunTimeSettings } from './limit-book.ts';
import { completeLimit, limitFaults } from './limit-rules.ts';
import { type FileLimits, isConfigured, type ParsedLimitId, parseLimitId } from './settings-changes.ts';

const mostFaults = 100;
/** Names in a body are the caller's: long ones are cut where they are told as places. */
const longestName = 128;

/**
 * Refuses changes with a `RequestError`: `not-found` where the configuration lacks whom one is for, else `invalid-request`
 * with a fault for each bad member. Types are not assumed. What is set already can be taken back in any case.
 */
export function refuseFaultyChanges(
  file: FileLimits,
  settings: Pick<RunTimeSettings, 'limits'>,
  changes: Readonly<Record<LimitId, unknown>>,
): void {
  const unknown: RequestFault[] = [];
  const faults: RequestFault[] = [];
  for (const [id, change] of Object.entries(changes)) {
    const parsed = parseLimitId(id);
    if (parsed !== undefined && isConfigured(file, parsed)) {
      faults.push(...changeFaults(file, id, parsed, change));
    } else if (change !== null || !Object.hasOwn(settings.limits, id)) {
      unknown.push({ pointer: pointerTo(id), detail: 'the configuration has nobody of this name to limit' });
    }
  }
  const [kind, list] =
    unknown.length > 0 ? (['not-found', unknown] as const) : (['invalid-request', faults] as const);
  if (list.length === 0) return;
  const detail =
    kind === 'not-found'
      ? 'there is no such application, class or operation; nothing is changed'
      : 'a limit breaks a rule; nothing is changed';
  throw new RequestError(kind, detail, list.slice(0, mostFaults));
}

function changeFaults(
  file: FileLimits,
  id: LimitId,
  { operation }: ParsedLimitId,
  change: unknown,
): readonly RequestFault[] {
  if (change === null) return [];
  if (typeof change !== 'object' || Array.isArray(change)) {
    return [{ pointer: pointerTo(id), detail: 'must be an object with members of a limit, or null' }];
  }
  const own = limitFaults(operation, { ...change });
  if (own.length > 0) return own.map(({ member, detail }) => ({ pointer: pointerTo(id, member), detail }));
  const written: LimitChange = { ...file.limits.get(id), ...change };
  const { rate } = written;
  if (rate === undefined) {
    return [
      {
        pointer: pointerTo(id, 'rate'),
        detail: 'is missing, and the file has no such limit to take it from',
      },
    ];
  }
  // Both may be right by themselves and break a rule together.
  return limitFaults(operation, { ...completeLimit({ ...written, rate }) }).map(({ member, detail }) => ({
    pointer: pointerTo(id, member),
    detail: Object.hasOwn(change, member) ? detail : `as the file has it: ${detail}`,
  }));
}

function pointerTo(id: LimitId, member?: string): string {
  return `/limits/${escapeName(id)}${member === undefined ? '' : `/${escapeName(member)}`}`;
}

function escapeName(name: string): string {
  return name.slice(0, longestName).replaceAll('~', '~0').replaceAll('/', '~1');
}
