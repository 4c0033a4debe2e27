import { describe, expect, it } from 'vitest';
import { createInFlight } from '../../../src/core/reads/in-flight.ts';
import { makeNodes } from '../../support/rings.ts';

const [first, second] = makeNodes({ nodes: 2, racks: 1, replicationFactor: 1 });
if (first === undefined || second === undefined) throw new Error('two nodes were asked for');

describe('what is in flight', () => {
  it('has room for so many messages a node, and gets it back', () => {
    const inFlight = createInFlight({ inFlightPerHost: 1, keysInFlight: 100 });
    inFlight.begin(first, 5);
    expect([inFlight.hasRoom(first), inFlight.hasRoom(second)]).toEqual([false, true]);
    expect(inFlight.messages()).toEqual(new Map([[first.id, 1]]));
    inFlight.end(first, 5);
    expect(inFlight.hasRoom(first)).toBe(true);
    expect(inFlight.messages().size).toBe(0);
  });

  it.each([
    [0, 1, 100, 'nothing under way'],
    [40, 1, 60, 'what is left'],
    [40, 7, 8, 'heavy keys are fewer'],
    [95, 7, 0, 'not even one'],
    [100, 1, 0, 'full'],
    [0, 101, 1, 'a key that is heavier than the bound, alone'],
  ])('with %i of 100 under way has room for keys of weight %i: %i (%s)', (underWay, weight, room, _why) => {
    const inFlight = createInFlight({ inFlightPerHost: 10, keysInFlight: 100 });
    if (underWay > 0) inFlight.begin(first, underWay);
    expect(inFlight.roomForKeys(weight)).toBe(room);
  });

  it('follows bounds that change, and never offers less than nothing', () => {
    const bounds = { inFlightPerHost: 10, keysInFlight: 100 };
    const inFlight = createInFlight(bounds);
    inFlight.begin(first, 50);
    bounds.keysInFlight = 20;
    expect(inFlight.roomForKeys(1)).toBe(0);
    bounds.keysInFlight = 60;
    expect(inFlight.roomForKeys(1)).toBe(10);
  });
});
