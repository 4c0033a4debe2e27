import type { Clock, SizeEstimate } from '../ports.ts';
import { openTable, type TableParts } from '../reads/granted-table.ts';
import type { RingBook } from '../routing/ring-book.ts';
import { tokenToDecimal } from '../token/token.ts';
import { addressWithoutPort } from '../topology/node-address.ts';
import { type EstimateParts, keepEstimates } from './split-estimates.ts';
import { owningDatacenter } from './split-owners.ts';
import { planSplits } from './split-plan.ts';
import type { Split, TellSplits } from './splits.ts';

export interface SplitsParts extends TableParts, EstimateParts {
  readonly rings: RingBook;
}

/** Splits are told to whoever may scan. Estimates that are long in coming are done without. */
export function createTellSplits(parts: SplitsParts): TellSplits {
  const estimatesOf = keepEstimates(parts);
  return async (call) => {
    const { schema } = await openTable(parts, call, 'scan');
    const { datacenters } = call.application;
    // Of one moment, whatever changes while the estimates are asked for.
    const ring = parts.rings.ring(call.keyspace);
    const ringEpoch = parts.rings.epoch();
    const nearest = (ring && owningDatacenter(ring, datacenters)) ?? datacenters[0];
    const estimates =
      nearest === undefined
        ? []
        : await withinHalf(parts.clock, call.deadlineMs, estimatesOf(schema, nearest));
    const splits = planSplits({ ring, datacenters, target: call.target, estimates });
    return JSON.stringify({ splits: splits.map(shownSplit), ringEpoch });
  };
}

function shownSplit({ id, after, upTo, owners, estimatedRows }: Split): object {
  return {
    id,
    start: tokenToDecimal(after),
    end: tokenToDecimal(upTo),
    owners: owners.map(({ address }) => addressWithoutPort(address)),
    estimatedRows: estimatedRows ?? null,
  };
}

/** Half of the time that is left is for the answer without them. */
function withinHalf(
  clock: Clock,
  deadlineMs: number,
  estimates: Promise<readonly SizeEstimate[]>,
): Promise<readonly SizeEstimate[]> {
  return new Promise((resolve) => {
    const cancel = clock.after((deadlineMs - clock.nowMs()) / 2, () => resolve([]));
    void estimates.then((told) => {
      cancel();
      resolve(told);
    });
  });
}
