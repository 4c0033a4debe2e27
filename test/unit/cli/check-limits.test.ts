import { describe, expect, it } from 'vitest';
import { checkLimits } from '../../../src/cli/check-limits.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, reference, writeConfig } from '../../support/config-file.ts';

function told(text: string, env: Record<string, string> = {}): readonly string[] {
  return checkLimits(loadConfig({ file: writeConfig(text), env })).map(
    ({ state, what }) => `${state} ${what}`,
  );
}

describe('what is said of limits', () => {
  it('is that there are none', () => {
    expect(told(goodConfig)).toEqual([
      'ok nobody is limited',
      'ok limits are counted by each process for itself: redis is absent',
    ]);
  });

  it('is who is limited to what, and by whom it is counted', () => {
    const text = `${goodConfig}    limits:
      read: { rate: 20000, burst: 40000, mode: lease }
      connect: { rate: 50, sessions: 200, onStoreDown: deny }
classes: { frontend: { datacenters: [us-east-1-frontend], limits: { scan: { rate: 0.5, onOver: wait } } } }
limits: { read: { rate: 60000, enforce: shadow } }
redis: { cluster: [10.0.0.1, "::1"], fleet: shop }
workers: 3
`;
    expect(told(text)).toEqual([
      'ok the limits of all applications together: read 60000/s, burst 60000, shadow',
      'ok the limits of class frontend: scan 0.5/s, burst 1, those over it wait',
      'ok the limits of storefront: read 20000/s, burst 40000, lease; connect 50/s, burst 50, 200 sessions, deny without Redis',
      'ok limits are counted in the Redis Cluster at 10.0.0.1:6379, [::1]:6379, for the fleet shop; 3 workers here',
    ]);
  });

  it('warns of limits of a class that nobody belongs to', () => {
    const text = `${goodConfig}classes: { spare: { datacenters: [us-east-1-frontend], limits: { read: { rate: 5 } } } }\n`;
    expect(told(text)).toContain(
      'warning classes.spare.limits limit nobody: no application belongs to the class',
    );
  });

  const guarded = (limits: string, more = '') => `${goodConfig}  nightly-report:
    class: backend
    tables: { shop.products: [read, scan] }
${limits}guard: { target: 60ms${more} }
`;
  const unheld = 'warning guard.slows names backend, and no limit holds it: nobody there can be slowed';
  const ofClass = (limits: string) =>
    `classes: { backend: { datacenters: [us-east-1-frontend], limits: ${limits} } }\n`;

  it.each([
    ['no limit at all', '', true],
    ['one of its class in the shadow', ofClass('{ scan: { rate: 5, enforce: shadow } }'), true],
    ['one of its sessions', ofClass('{ connect: { rate: 5 } }'), true],
    ['one of the fleet', 'limits: { scan: { rate: 5 } }\n', true],
    ['its own reserve', 'limits: { scan: { rate: 5, reserve: { backend: 3 } } }\n', true],
    ['one of its class', ofClass('{ scan: { rate: 5 } }'), false],
    ['one of its application', '    limits: { read: { rate: 5 } }\n', false],
    ['what is kept for others', 'limits: { read: { rate: 5, reserve: { frontend: 3 } } }\n', false],
  ])('warns of a guard that slows whom no limit holds: %s', (_what, limits, isTold) => {
    expect(told(guarded(limits)).includes(unheld)).toBe(isTold);
  });

  it('warns of a guard that never slows anybody', () => {
    const held = ofClass('{ scan: { rate: 5 } }');
    const warningOf = (more: string) =>
      told(guarded(held, more)).filter((line) => line.startsWith('warning'));
    expect(warningOf(', min: 1')).toEqual(['warning guard.min is 1: nobody is ever slowed']);
    expect(warningOf(', min: 0.9')).toEqual([]);
  });

  it.each([
    ['shadow', true],
    ['off', true],
    ['on', false],
  ])('warns of a reserve of a limit that is not enforced: %s', (enforce, isTold) => {
    const limits = `limits: { read: { rate: 5, enforce: ${enforce}, reserve: { frontend: 3 } } }\n`;
    const line = 'warning limits.read.reserve keeps nothing: the limit that it is a part of is not enforced';
    expect(told(`${goodConfig}${limits}`).includes(line)).toBe(isTold);
  });

  it.each([
    ['redis', true],
    ['rediss', false],
  ])('warns of a password that goes over the network as it is: %s', (scheme, isTold) => {
    const url = `${scheme}://:${reference('PW')}@10.0.0.1`;
    const lines = told(`${goodConfig}redis: { url: "${url}" }\n`, { PW: 'hunter2' });
    expect(lines.includes('warning the password goes to Redis without TLS')).toBe(isTold);
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});
