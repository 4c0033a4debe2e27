/** What a limit may be, wherever it is written: in the file, or at run time. */

import {
  enforcements,
  type Limit,
  type LimitedOperation,
  limitModes,
  overReactions,
  storeDownReactions,
} from './limit.ts';
import type { LimitChange } from './limit-book.ts';

export const limitBounds = {
  leastRate: 0.001,
  /** More than that is no limit any more, and one unit would be too short a time to count well. */
  mostRate: 10_000_000,
  mostBurst: 1_000_000_000,
  /** A burst lasts no longer: what is counted expires with it. */
  longestBurstSeconds: 86_400,
  mostSessions: 100_000,
} as const;

const words = {
  mode: limitModes,
  enforce: enforcements,
  onOver: overReactions,
  onStoreDown: storeDownReactions,
} as const;

export interface LimitFault {
  readonly member: string;
  readonly detail: string;
}

/** A limit from what is written of it; `burst` is one second of the rate where it is not said. */
export function completeLimit(written: LimitChange & Pick<Limit, 'rate'>): Limit {
  const { rate, burst = Math.max(1, Math.ceil(rate)), sessions } = written;
  return {
    rate,
    burst,
    mode: written.mode ?? 'exact',
    enforce: written.enforce ?? 'on',
    onOver: written.onOver ?? 'reject',
    onStoreDown: written.onStoreDown ?? 'local',
    ...(sessions === undefined ? {} : { sessions }),
  };
}

/** What is wrong with members that are written; types are not assumed. An unknown member is a fault, too. */
export function limitFaults(
  operation: LimitedOperation,
  written: Readonly<Record<string, unknown>>,
): readonly LimitFault[] {
  const faults: LimitFault[] = [];
  const check = (member: string, holds: boolean, detail: string): void => {
    if (!holds) faults.push({ member, detail });
  };
  for (const [member, value] of Object.entries(written)) {
    if (value === undefined) continue;
    if (member === 'rate') check(member, isRate(value), rateForm);
    else if (member === 'burst') check(member, isCount(value, limitBounds.mostBurst), burstForm);
    else if (member === 'sessions') check(member, isCount(value, limitBounds.mostSessions), sessionsForm);
    else if (Object.hasOwn(words, member)) {
      const known: readonly unknown[] = words[member as keyof typeof words];
      check(member, known.includes(value), `must be one of ${known.join(', ')}`);
    } else
      check(member, false, `unknown member; known: rate, burst, sessions, ${Object.keys(words).join(', ')}`);
  }
  if (faults.length > 0) return faults;
  const { rate, burst, sessions, mode, onOver } = written as LimitChange;
  if (rate !== undefined && burst !== undefined) {
    check('burst', burst / rate <= limitBounds.longestBurstSeconds, longestForm);
  }
  check('sessions', sessions === undefined || operation === 'connect', 'only connect limits sessions');
  if (operation === 'connect') {
    check('mode', mode !== 'lease', 'connect is always exact');
    check('onOver', onOver !== 'wait', 'nobody waits for a session');
  }
  return faults;
}

const rateForm = `must be a number from ${limitBounds.leastRate} to ${limitBounds.mostRate}, in units a second`;
const burstForm = `must be a whole number from 1 to ${limitBounds.mostBurst}`;
const sessionsForm = `must be a whole number from 1 to ${limitBounds.mostSessions}`;
const longestForm = `lasts longer than ${limitBounds.longestBurstSeconds} seconds at this rate`;

function isRate(value: unknown): boolean {
  return typeof value === 'number' && value >= limitBounds.leastRate && value <= limitBounds.mostRate;
}

function isCount(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}
