import { describe, expect, it } from 'vitest';
import { QuotaBill } from '../../../src/core/reads/quota-bill.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createScriptedThrottle } from '../../support/scripted-throttle.ts';

const application = { name: 'storefront', className: 'frontend' };

function open(units: number, change: { strict?: boolean; isSlow?: boolean; fault?: Error } = {}) {
  const clock = createFakeClock();
  const throttle = Object.assign(createScriptedThrottle(units), { isSlow: change.isSlow ?? false });
  const faults: unknown[] = [];
  const bill = new QuotaBill(
    { throttle, clock, telemetry: { unexpected: (fault) => void faults.push(fault) } },
    { application, operation: 'read', strict: change.strict ?? false, deadlineMs: 1_000 },
  );
  const told: string[] = [];
  const claim = (name: string, claimed: number) =>
    bill.claim({
      units: claimed,
      delayed: () => void told.push(`${name} waits`),
      granted: (given) => void told.push(`${name} has ${given}`),
    });
  return { clock, throttle, faults, bill, told, claim };
}

describe('the bill of a request', () => {
  it('asks once for all its batches, when all have begun, and is decided at once where the limits decide at once', () => {
    const { bill, claim, throttle, told } = open(10);
    claim('a', 3);
    claim('b', 4);
    expect(throttle.asks).toEqual([]);
    bill.close();
    expect(throttle.asks).toMatchObject([{ application, operation: 'read', units: 7, strict: false }]);
    expect(told).toEqual(['a has 3', 'b has 4']);
    expect(bill.refusal).toBeUndefined();
  });

  it('serves batches in the order of their claims where there is less', () => {
    const { bill, claim, told } = open(4);
    claim('a', 3);
    claim('b', 4);
    bill.close();
    expect(told).toEqual(['a has 3', 'b has 1']);
    expect(bill.refusal).toEqual({ reason: 'over', retryAfterMs: 40, violated: ['read'] });
  });

  it('gives a strict request all for all its batches, or nothing', () => {
    const { bill, claim, told, throttle } = open(6, { strict: true });
    claim('a', 3);
    claim('b', 4);
    bill.close();
    expect(told).toEqual(['a has 0', 'b has 0']);
    expect(throttle.left).toBe(6);
  });

  it('is settled once, when the last batch has told what it used', () => {
    const { bill, claim, throttle } = open(10);
    const [first, second] = [claim('a', 3), claim('b', 4)];
    bill.close();
    first(5);
    expect(throttle.settled).toEqual([]);
    second(1);
    expect(throttle.settled).toEqual([6]);
    expect(throttle.left).toBe(4);
    expect(bill.account()).toEqual({ asked: 7, refused: 0, used: 6, waitedMs: 0, verdictMs: 0 });
  });

  it('asks nobody where no batch claims', () => {
    const { bill, throttle } = open(10);
    bill.close();
    expect(throttle.asks).toEqual([]);
    expect(bill.account()).toBeUndefined();
  });

  it('tells batches that the verdict takes its time, and how long it took', async () => {
    const { bill, claim, throttle, told, clock } = open(2, { isSlow: true });
    const settle = claim('a', 3);
    bill.close();
    expect(told).toEqual(['a waits']);
    await clock.advance(30);
    await throttle.decide(20);
    expect(told).toEqual(['a waits', 'a has 2']);
    settle(2);
    expect(bill.account()).toEqual({ asked: 3, refused: 1, used: 2, waitedMs: 20, verdictMs: 30 });
  });

  it('takes no claim after it was closed: the batches would be decided apart', () => {
    const { bill, claim } = open(10);
    bill.close();
    expect(() => claim('late', 1)).toThrow('after its request had been decided');
  });

  it.each(['throws', 'rejects'])('grants nothing where the throttle %s, and reports it', async (way) => {
    const { bill, claim, throttle, told, faults, clock } = open(10);
    const fault = new Error('a fault');
    throttle.admit = () => {
      if (way === 'throws') throw fault;
      return Promise.reject(fault);
    };
    const settle = claim('a', 3);
    bill.close();
    await clock.advance(0);
    expect(told.at(-1)).toBe('a has 0');
    expect(bill.refusal).toMatchObject({ reason: 'store-down' });
    expect(faults).toEqual([fault]);
    settle(0);
  });
});
