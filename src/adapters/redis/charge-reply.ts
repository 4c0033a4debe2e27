/** What the scripts that charge limits reply, as verdicts. `throttle-lua.ts` writes it. */
import { msOfTicks } from '../../core/throttle/gcra.ts';
import type { ChargeVerdict, LimitState } from '../../core/throttle/limit-store.ts';

const kinds = ['granted', 'refused', 'oversize'] as const;
/** Integers of a decision before those of its limits: the kind, its value, a bit for each limit to blame. */
const headLength = 3;
/** Integers of a state: remaining, ticks until full, near. */
const stateLength = 3;

/** The verdict from the reply of `weir_charge` or `weir_judge` over so many limits. Throws on anything else. */
export function readVerdict(reply: unknown, limits: number): ChargeVerdict {
  return readVerdicts(reply, limits, 1)[0] as ChargeVerdict;
}

/** The verdicts from the reply of `weir_charge_each`; the states of all are those after the last of them. */
export function readVerdicts(reply: unknown, limits: number, charges: number): readonly ChargeVerdict[] {
  const length = charges * (headLength + limits) + limits * stateLength;
  if (!isIntegers(reply) || reply.length !== length) throw new Error('the reply is no list of verdicts');
  const statesAt = charges * (headLength + limits);
  return Array.from({ length: charges }, (_, charge) =>
    readDecision(reply, charge * (headLength + limits), statesAt, limits),
  );
}

function readDecision(reply: readonly number[], at: number, statesAt: number, limits: number): ChargeVerdict {
  const value = reply[at + 1] ?? 0;
  const blamed = reply[at + 2] ?? 0;
  switch (kinds[reply[at] ?? -1]) {
    case 'granted':
      return { kind: 'granted', units: value, states: readStates(reply, at, statesAt, limits) };
    case 'refused':
      return {
        kind: 'refused',
        retryAfterMs: msOfTicks(value),
        violated: readBlamed(blamed),
        states: readStates(reply, at, statesAt, limits),
      };
    case 'oversize':
      return { kind: 'oversize', violated: readBlamed(blamed) };
    default:
      throw new Error('the reply has an unknown kind of verdict');
  }
}

function readBlamed(bits: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((at) => (bits >> at) & 1);
}

function readStates(
  reply: readonly number[],
  decisionAt: number,
  statesAt: number,
  limits: number,
): LimitState[] {
  const states: LimitState[] = [];
  for (let limit = 0; limit < limits; limit += 1) {
    const at = statesAt + limit * stateLength;
    states.push({
      remaining: reply[at] ?? 0,
      fullInMs: msOfTicks(reply[at + 1] ?? 0),
      near: reply[at + 2] === 1,
      shadowRefused: reply[decisionAt + headLength + limit] ?? 0,
    });
  }
  return states;
}

/** What scripts reply in is whole numbers that a double holds. */
export function isIntegers(reply: unknown): reply is readonly number[] {
  return Array.isArray(reply) && reply.every(Number.isSafeInteger);
}
