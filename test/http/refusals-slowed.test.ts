import { describe, expect, it } from 'vitest';
import { type RefusedCall, refusedCall } from '../../src/core/throttle/refused-call.ts';
import type { Admission } from '../../src/core/throttle/throttle.ts';
import { type OpenApiDocument, schemaFaults } from '../support/open-api-document.ts';
import { createSessionParts } from '../support/session-parts.ts';
import { createDataApp } from './data-app-fixture.ts';
import { openLimitedPort } from './limited-port.ts';
import { openScanPort } from './scan-port.ts';

const words = 'the limit is at 35 % of its setting, to protect others';

/** A port whose application has so many units, and a limit that is at 35 % of itself. */
function openSlowedPort(units: number) {
  const port = openLimitedPort(units);
  const admit = port.throttle.admit;
  port.throttle.admit = (ask) => {
    const { granted, refusal, waitedMs, settle } = admit(ask) as Admission;
    return { granted, refusal: refusal && { ...refusal, slowed: 0.35 }, waitedMs, settle };
  };
  return port;
}

describe('a refusal by a limit that is slowed', () => {
  it('of a look-up says so', async () => {
    const response = await openSlowedPort(0).ask(['a']);
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject({
      type: '/problems/over-quota',
      detail: `no key could be answered; ${words}`,
      'violated-policies': ['read'],
      reason: 'guard',
      slowedTo: 0.35,
      retryAfterMs: 40,
    });
  });

  it('of some keys of a look-up says so beside when to come again', async () => {
    const response = await openSlowedPort(1).ask(['a', 'b']);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ retryAfterMs: 40, reason: 'guard', slowedTo: 0.35 });
  });

  it('of a row says so', async () => {
    const response = await openSlowedPort(0).port.get();
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject({
      detail: `the row could not be read; ${words}`,
      reason: 'guard',
      slowedTo: 0.35,
    });
  });

  const refused: RefusedCall = {
    ...refusedCall('over-quota', 'not one unit can be had now'),
    retryAfterMs: 40,
    violated: ['class-scan'],
    slowed: 0.35,
  };
  const told = {
    detail: `not one unit can be had now; ${words}`,
    'violated-policies': ['class-scan'],
    reason: 'guard',
    slowedTo: 0.35,
    retryAfterMs: 40,
  };

  it('of a permit says so', async () => {
    const { permits } = createSessionParts();
    const { app } = createDataApp(undefined, { permits: { ...permits, take: async () => refused } });
    const response = await app.inject({
      method: 'POST',
      url: '/v1/permits',
      headers: { 'x-weir-app': 'storefront' },
      payload: { operation: 'scan', units: 5, permitId: '7d444840-9dc0-11d1-b245-5ffdce74fad2' },
    });
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject(told);
  });

  it('of a scan says so', async () => {
    const response = await openScanPort(async () => refused).post();
    expect(response.statusCode).toBe(429);
    expect(response.json()).toMatchObject(told);
  });

  it('has no word of it where the limit is as it is set', async () => {
    const response = await openScanPort(async () => ({ ...refused, slowed: 1 })).post();
    expect(response.json()).not.toHaveProperty('slowedTo');
    expect(response.json()).not.toHaveProperty('reason');
    expect(response.json().detail).toBe('not one unit can be had now');
  });

  it('keeps a reason of its own', async () => {
    const reason = 'connect-rate' as const;
    const response = await openScanPort(async () => ({ ...refused, reason })).post();
    expect(response.json()).toMatchObject({ reason });
    expect(response.body.match(/"reason"/g)).toHaveLength(1);
  });

  it('is as the port describes it', async () => {
    const { port, ask } = openSlowedPort(1);
    const document: OpenApiDocument = (await port.app.inject({ method: 'GET', url: '/openapi.json' })).json();
    const answers = [
      ['LookUpAnswer', await ask(['a', 'b'])],
      ['LookUpProblem', await ask(['a'])],
      ['Problem', await port.get()],
    ] as const;
    for (const [name, answer] of answers) {
      expect(answer.json()).toMatchObject({ slowedTo: 0.35 });
      expect(schemaFaults(document, { $ref: `#/components/schemas/${name}` }, answer.json())).toEqual([]);
      const members = Object.keys(answer.json());
      const { properties } = document.components.schemas[name] as { properties: object };
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(members));
    }
  });
});
