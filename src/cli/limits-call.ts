import type { Limit, LimitId } from '../core/throttle/limit.ts';
import type {
  LimitChanges,
  LimitsDifference,
  LimitsView,
  ShownLimit,
} from '../core/throttle/limit-administration.ts';
import type { AdminPort } from './admin-call.ts';
import { failure, usageError } from './cli-error.ts';
import { parseObject } from './problem-text.ts';

const path = '/admin/v1/limits';

/** Rejects with a `CliError`. `text` is the answer as it came. */
export async function askLimits(
  admin: AdminPort,
): Promise<{ readonly view: LimitsView; readonly text: string }> {
  const { text } = await admin.call({ path, method: 'GET' });
  const view = parseObject(text) as Partial<LimitsView> | undefined;
  if (typeof view?.tag !== 'string' || !Array.isArray(view.limits)) {
    throw failure('the answer tells of no limits; is this the address of an admin port?');
  }
  return { view: view as LimitsView, text };
}

/** Changes what was seen, and nothing that somebody else has changed since. Rejects with a `CliError`. */
export async function changeLimits(
  admin: AdminPort,
  changes: LimitChanges,
  { tag, dryRun }: { readonly tag: string; readonly dryRun: boolean },
): Promise<{ readonly difference: LimitsDifference; readonly text: string }> {
  const { text } = await admin.call({
    path: dryRun ? `${path}?dryRun=true` : path,
    method: 'PUT',
    headers: { 'if-match': tag },
    body: JSON.stringify({ limits: changes }),
  });
  return { difference: differenceFrom(text), text };
}

export async function pauseApplication(
  admin: AdminPort,
  application: string,
  verb: 'pause' | 'resume',
  dryRun: boolean,
): Promise<{ readonly difference: LimitsDifference; readonly text: string }> {
  const address = `/admin/v1/applications/${encodeURIComponent(application)}/${verb}`;
  const { text } = await admin.call({ path: dryRun ? `${address}?dryRun=true` : address, method: 'POST' });
  return { difference: differenceFrom(text), text };
}

function differenceFrom(text: string): LimitsDifference {
  const difference = parseObject(text) as Partial<LimitsDifference> | undefined;
  if (!Array.isArray(difference?.limits) || !Array.isArray(difference.paused)) {
    throw failure('the answer does not tell what has changed; is this the address of an admin port?');
  }
  return difference as LimitsDifference;
}

/** Throws a usage error where the instance knows of no such limit. */
export function findLimit(view: LimitsView, id: LimitId): ShownLimit {
  const found = view.limits.find((limit) => limit.id === id);
  if (found !== undefined) return found;
  const known = view.limits.map((limit) => limit.id.replace('/', ' ')).join(', ');
  throw usageError(`there is no limit ${id.replace('/', ' ')}; there are: ${known === '' ? 'none' : known}`);
}

const members = ['rate', 'burst', 'sessions', 'mode', 'enforce', 'onOver', 'onStoreDown'] as const;

/** `rate 100, burst 200, exact, …`: what differs from how most limits are is told by name. */
export function limitText(limit: Limit | null): string {
  if (limit === null) return 'no limit';
  return members
    .filter((member) => limit[member] !== undefined)
    .map((member) => `${member} ${limit[member]}`)
    .join(', ');
}
