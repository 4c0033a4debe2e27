import { describe, expect, it } from 'vitest';
import { ScanStop } from '../../../src/core/scans/scan-stop.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describe('the stop of a scan', () => {
  it('keeps its first reason, and can be cancelled once', () => {
    let cancelled = 0;
    const stop = new ScanStop(createFakeClock(), () => {
      cancelled += 1;
    });
    expect([stop.gone, stop.reason]).toEqual([false, undefined]);
    stop.stop('duration');
    stop.stop('ending');
    expect([stop.gone, stop.reason, stop.isCancelled, cancelled]).toEqual([true, 'duration', false, 0]);
    stop.stop('cancelled');
    stop.stop('cancelled');
    stop.stop('ending');
    expect([stop.reason, stop.isCancelled, cancelled]).toEqual(['cancelled', true, 1]);
  });

  it('tells each listener once, a late one at once, and nobody who does not listen any more', () => {
    const stop = new ScanStop(createFakeClock(), () => {});
    const told: string[] = [];
    stop.onGone(() => told.push('first'));
    stop.onGone(() => told.push('left'))();
    stop.stop('ending');
    stop.stop('cancelled');
    stop.onGone(() => told.push('late'));
    expect(told).toEqual(['first', 'late']);
  });

  it('ends a pause, and leaves no timer behind', async () => {
    const clock = createFakeClock();
    const stop = new ScanStop(clock, () => {});
    const pause = stop.pause(5_000);
    await clock.advance(100);
    stop.stop('ending');
    await pause;
    expect(clock.pending()).toBe(0);
    await stop.pause(5_000);
    expect(clock.pending()).toBe(0);
  });
});
