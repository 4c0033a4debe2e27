import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfigText, loadConfig } from '../../../src/config/load.ts';
import { type LimitedOperation, limitedOperations } from '../../../src/core/throttle/limit.ts';
import { limitFaults } from '../../../src/core/throttle/limit-rules.ts';
import { goodConfig, refusalOf, writeConfig } from '../../support/config-file.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const limited = `${goodConfig}    limits:
      read: { rate: 20000, burst: 40000, mode: lease }
      connect: { rate: 50, sessions: 200 }
  nightly:
    class: backend
    tables: { shop.products: [read] }
classes:
  backend: { datacenters: [us-east-1-frontend], limits: { scan: { rate: 0.5, onOver: wait } } }
limits: { read: { rate: 60000, enforce: shadow, onStoreDown: deny } }
waiting: { callers: 7, longest: 1.5s }
`;

const standard = { mode: 'exact', enforce: 'on', onOver: 'reject', onStoreDown: 'local' };

describe('limits', () => {
  it('are known by what they limit, with the burst as far as it is written', () => {
    const { limits, waiting } = loadConfig({ file: writeConfig(limited), env: {} });
    expect([...limits]).toEqual([
      ['fleet:all/read', { ...standard, rate: 60_000, enforce: 'shadow', onStoreDown: 'deny' }],
      ['class:backend/scan', { ...standard, rate: 0.5, onOver: 'wait' }],
      ['storefront/read', { ...standard, rate: 20_000, burst: 40_000, mode: 'lease' }],
      ['storefront/connect', { ...standard, rate: 50, sessions: 200 }],
    ]);
    expect(waiting).toEqual({ callers: 7, longestMs: 1_500 });
  });

  it('can be set by variables and flags, also where the file has none', () => {
    const { limits } = loadConfig({
      file: writeConfig(goodConfig),
      env: { WEIR_LIMITS__READ__RATE: '500' },
      flags: ['applications.storefront.limits.write.rate=5', 'limits.read.burst=900'],
    });
    expect(limits.get('fleet:all/read')).toMatchObject({ rate: 500, burst: 900 });
    expect(limits.get('storefront/write')).toEqual({ ...standard, rate: 5 });
  });

  it('of an application may be above those of its class and of the fleet', () => {
    expect(refusalOf(limited.replace('rate: 20000', 'rate: 70000').replace('40000', '70000'))).toBe(
      'accepted',
    );
  });

  it.each([
    ['read: { rate: 5 }', 'read: { burst: 5 }', 'limits.read.rate is missing'],
    ['read: { rate: 5 }', 'read: { rate: .nan }', 'limits.read.rate must be a number from 0.001 to 10000000'],
    ['read: { rate: 5 }', 'read: { rate: 5, burst: 0 }', 'limits.read.burst must be a whole number from 1'],
    ['read: { rate: 5 }', 'read: 5', 'limits.read must be a mapping'],
    ['read: { rate: 5 }', 'connect: { rate: 5, onOver: wait }', 'limits.connect.onOver cannot be taken'],
    ['read: { rate: 5 }', 'read: { rate: 5, mode: leas }', 'did you mean lease?'],
  ])('with %s as %s are refused', (right, wrong, message) => {
    const text = `${goodConfig}limits: { read: { rate: 5 } }\n`;
    expect(refusalOf(text)).toBe('accepted');
    expect(refusalOf(text.replace(right, wrong))).toContain(message);
  });

  it.each(['waiting: { longest: 6m }', 'waiting: { callers: 0 }'])('beyond what may wait: %s', (line) => {
    expect(refusalOf(`${goodConfig}${line}\n`)).toMatch(/waiting\.(longest is out of range|callers must be)/);
  });

  it('are refused in the file exactly where they are refused at run time', () => {
    const seldom = <Value>(arb: fc.Arbitrary<Value>) => fc.option(arb, { nil: undefined, freq: 1 });
    const written = fc.record({
      rate: fc.constantFrom(0, 0.0009, 0.001, 1, 0.5, 1e7, 1e8, -1),
      burst: seldom(fc.constantFrom(0, 1, 1.5, 100_000, 1e9, 1e10)),
      mode: seldom(fc.constantFrom('exact', 'lease', 'both')),
      enforce: seldom(fc.constantFrom('on', 'shadow', 'off', 'no')),
      onOver: seldom(fc.constantFrom('reject', 'wait', 'queue')),
      onStoreDown: seldom(fc.constantFrom('local', 'deny', 'allow', 'panic')),
      sessions: seldom(fc.constantFrom(0, 1, 200, 1e6)),
    });
    const operation: fc.Arbitrary<LimitedOperation> = fc.constantFrom(...limitedOperations);
    fc.assert(
      fc.property(operation, written, (limitedOperation, members) => {
        const yaml = `${goodConfig}${stringify({ limits: { [limitedOperation]: members } })}`;
        const told = checkConfigText({ yaml, file: 'no/such/weir.yaml', env: {} });
        const known = limitFaults(limitedOperation, members);
        expect(new Set(told.map(({ path }) => path.at(-1)))).toEqual(
          new Set(known.map(({ member }) => member)),
        );
      }),
      { numRuns: propertyRuns(100) },
    );
  });
});
