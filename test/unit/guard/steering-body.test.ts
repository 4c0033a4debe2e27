import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, guardPhases, unsteered } from '../../../src/core/guard/guard.ts';
import {
  readOverride,
  readSteering,
  writeOverride,
  writeSteering,
} from '../../../src/core/guard/steering-body.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const amount = fc.double({ min: 0, max: 1e9, noNaN: true }).map(Math.abs);
const factor = fc.double({ min: 0.01, max: 1, noNaN: true });
const rate = fc.double({ min: 0.001, max: 1e7, noNaN: true });
const rates = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
  fc.record({ read: rate, write: rate, scan: rate }, { requiredKeys: [] }),
  { noNullPrototype: true },
);
const steering: fc.Arbitrary<Decision> = fc.record({
  factor: fc.option(factor, { nil: undefined }),
  phase: fc.constantFrom(...guardPhases),
  latency: fc.record({ samples: amount, p95Ms: fc.option(amount, { nil: undefined }) }),
  rates: fc.option(rates, { nil: undefined }),
});

describe('a decision as text', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(steering, (written) => {
        expect(readSteering(writeSteering(written))).toEqual(written);
      }),
      { numRuns: propertyRuns(200) },
    );
  });

  const whole = JSON.parse(writeSteering(unsteered));
  it.each<[string, unknown]>([
    ['no object', [1]],
    ['a factor of nothing', { ...whole, factor: 0 }],
    ['a factor above one', { ...whole, factor: 1.01 }],
    ['a phase of another version', { ...whole, phase: 'leap' }],
    ['samples that are none', { ...whole, latency: { samples: '7' } }],
    ['a latency below nothing', { ...whole, latency: { samples: 7, p95Ms: -1 } }],
    ['a rate of nothing', { ...whole, rates: { backend: { read: 0 } } }],
    ['rates that are a list', { ...whole, rates: { backend: [] } }],
    ['more than is ever written', { ...whole, rates: { ['x'.repeat(300_000)]: {} } }],
  ])('is none with %s', (_what, body) => {
    expect(readSteering(JSON.stringify(whole))).toEqual(unsteered);
    expect(readSteering(JSON.stringify(body))).toBeUndefined();
  });
});

describe('an override as text', () => {
  it('is read as it was written, and is none in another form', () => {
    const override = { factor: 0.25, by: 'operator 0a1b2c3d', at: '2026-11-21T10:00:00.000Z' };
    expect(readOverride(writeOverride(override))).toEqual(override);
    for (const change of [{ factor: 2 }, { by: 7 }, { at: null }]) {
      expect(readOverride(JSON.stringify({ ...override, ...change }))).toBeUndefined();
    }
  });
});
