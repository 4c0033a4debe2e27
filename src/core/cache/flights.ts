import type { KeyOutcome } from '../reads/key-reader.ts';

/** Called once, when the read has ended. */
export type Joiner = (outcome: KeyOutcome) => void;

/** The read of one key, from its beginning to its outcome. */
export interface Flight {
  readonly name: string;
  /** Of the batch that reads it. */
  readonly deadlineMs: number;
  hasLanded: boolean;
  /** In the order of their coming, with their deadlines. */
  joiners: Map<Joiner, number> | undefined;
}

/**
 * Reads of single keys under way, by name. One that begins under the name of an older one takes its place for whoever
 * joins from then on. Bounded by the keys that lead, which have deadlines; joiners by `maxJoiners`.
 */
export interface Flights {
  begin(name: string, deadlineMs: number): Flight;
  /** Undefined: nothing is under way by this name, or as many wait already as may. */
  find(name: string): Flight | undefined;
  /** How many more keys may join; 0 also where nothing is under way. */
  room(): number;
  join(flight: Flight, joiner: Joiner, deadlineMs: number): void;
  leave(flight: Flight, joiner: Joiner): void;
  /**
   * The first time counts. A failure wakes those first whose deadlines are the latest: whoever reads the key again can
   * then be joined by all that are woken after it, and fails none of them before its time.
   */
  land(flight: Flight, outcome: KeyOutcome): void;
}

export function createFlights(maxJoiners: () => number): Flights {
  const flights = new Map<string, Flight>();
  let waiting = 0;
  return {
    begin(name, deadlineMs) {
      const flight: Flight = { name, deadlineMs, hasLanded: false, joiners: undefined };
      flights.set(name, flight);
      return flight;
    },
    find: (name) => (waiting < maxJoiners() ? flights.get(name) : undefined),
    room: () => (flights.size === 0 ? 0 : Math.max(0, maxJoiners() - waiting)),
    join(flight, joiner, deadlineMs) {
      flight.joiners ??= new Map();
      flight.joiners.set(joiner, deadlineMs);
      waiting += 1;
    },
    leave(flight, joiner) {
      if (flight.joiners?.delete(joiner)) waiting -= 1;
    },
    land(flight, outcome) {
      if (flight.hasLanded) return;
      flight.hasLanded = true;
      if (flights.get(flight.name) === flight) flights.delete(flight.name);
      const { joiners } = flight;
      if (joiners === undefined) return;
      flight.joiners = undefined;
      waiting -= joiners.size;
      for (const joiner of 'source' in outcome ? joiners.keys() : latestFirst(joiners)) joiner(outcome);
    },
  };
}

function latestFirst(joiners: ReadonlyMap<Joiner, number>): readonly Joiner[] {
  return [...joiners].sort(([, one], [, other]) => other - one).map(([joiner]) => joiner);
}
