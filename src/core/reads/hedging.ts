import type { ReadTelemetry } from '../ports.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { HedgeBudget } from '../speculation/hedge-budget.ts';
import type { HedgeTiming } from '../speculation/hedge-timing.ts';
import type { BatchSends, Outgoing } from './batch-sends.ts';
import type { KeyStates } from './key-states.ts';
import type { MessageUnderWay } from './message-under-way.ts';

export interface HedgeParts {
  readonly telemetry: ReadTelemetry;
  readonly health: Pick<NodeHealth, 'standing'>;
  readonly timing: Pick<HedgeTiming, 'medianMs'>;
  readonly budget: HedgeBudget;
  /** Whether so many keys more may be under way. */
  readonly hasRoomFor: (keys: number) => boolean;
}

/**
 * Covers again, over their other owners, the keys that the `due` messages have not brought, all together, and sends
 * that. A node that is ejected is not asked: it was passed over for the first message, too. Nor is another datacenter:
 * a fallback serves the keys that have no usable owner before it, and a slow owner is one. What the budget does not
 * pay is not sent, the smallest groups first, and is for the caller to try again later; no key is hedged twice. The
 * key of a trial was put at risk by Weir itself: it is sent in any case, and what was not there to pay for it is owed.
 * Trials are one a second and node, and so is that.
 */
export function hedge(
  parts: HedgeParts,
  sends: BatchSends,
  states: KeyStates,
  due: readonly MessageUnderWay[],
  leftMs: number,
): void {
  for (const home of new Set(due.map(({ node }) => node.datacenter))) {
    const late = due.filter(({ node }) => node.datacenter === home);
    hedgeWithin(home, parts, sends, states, late, leftMs);
  }
}

function hedgeWithin(
  home: string,
  parts: HedgeParts,
  sends: BatchSends,
  states: KeyStates,
  due: readonly MessageUnderWay[],
  leftMs: number,
): void {
  const { telemetry, health, budget, hasRoomFor } = parts;
  const missing = due.map((message) => missingOf(message, states, parts.timing, leftMs));
  const keys = missing.flat();
  if (keys.length === 0) return;
  const plan = sends.planAgain(
    keys,
    (node) =>
      node.datacenter === home &&
      sends.isUsable(node) &&
      health.standing(node) !== 'ejected' &&
      hasRoomFor(keys.length),
  );
  if (plan.unowned.length > 0) {
    const alone = new Set(plan.unowned);
    telemetry.hedge('alone', missing.filter((some) => some.some((key) => alone.has(key))).length);
  }
  const messages = plan.groups.flatMap((group) => sends.cut(group));
  if (messages.length === 0) return;
  const tried = new Set(due.flatMap((message) => (message.role === 'trial' ? message.keys : [])));
  const isOwed = (message: Outgoing): boolean => message.keys.some((key) => tried.has(key));
  const owed = largestFirst(messages.filter(isOwed));
  const others = largestFirst(messages.filter((message) => !isOwed(message)));
  const paid = budget.take(messages.length);
  if (paid < owed.length) budget.owe(owed.length - paid);
  const sendable = Math.max(paid, owed.length);
  if (sendable < messages.length) telemetry.hedge('denied', messages.length - sendable);
  for (const message of [...owed, ...others].slice(0, sendable)) {
    if (sends.send(message, 'hedge')) {
      for (const key of message.keys) states.markHedged(key);
      continue;
    }
    budget.giveBack(1);
    telemetry.hedge('alone', 1);
  }
}

/** The keys to be hedged: none where hardly half of the answers would be in time. */
function missingOf(
  message: MessageUnderWay,
  states: KeyStates,
  timing: Pick<HedgeTiming, 'medianMs'>,
  leftMs: number,
): readonly number[] {
  const missing = message.keys.filter((key) => states.isOpen(key) && !states.isHedged(key));
  if (missing.length === 0) return missing;
  return leftMs < (timing.medianMs(missing.length) ?? 0) ? [] : missing;
}

export function largestFirst(messages: readonly Outgoing[]): readonly Outgoing[] {
  return messages.toSorted((left, right) => right.keys.length - left.keys.length);
}
