import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import { operatorPrefix } from './admin-app-fixture.ts';
import { limitsDifference, limitsView } from './admin-limits-fixture.ts';
import { jsonHeaders as json, openLimits as open } from './admin-limits-port.ts';

const all = '/admin/v1/limits';
const one = '/admin/v1/limits/storefront/read';

const refuse = (...refusal: ConstructorParameters<typeof RequestError>) => ({
  change: () => Promise.reject(new RequestError(...refusal)),
  pause: () => Promise.reject(new RequestError(...refusal)),
});

const options = { by: `operator ${operatorPrefix}`, ifMatch: undefined, dryRun: false };

describe('looking at limits', () => {
  it('gives all of them, with the tag of the settings', async () => {
    const response = await open().ask('GET', all);
    expect(response.statusCode).toBe(200);
    expect(response.headers.etag).toBe(limitsView.tag);
    expect(response.json()).toEqual(limitsView);
  });

  it.each(['class:backend/scan', 'class%3Abackend/scan'])('gives the one called %s', async (id) => {
    const response = await open().ask('GET', `${all}/${id}`);
    expect(response.headers.etag).toBe(limitsView.tag);
    expect(response.json()).toEqual(limitsView.limits[0]);
  });

  it.each(['storefront/scan', 'zq7-secret/read', 'storefront/zq7-secret'])(
    'is 404 where nobody has set %s, and quotes nothing',
    async (id) => {
      const response = await open().ask('GET', `${all}/${id}`);
      expect(response.statusCode).toBe(404);
      expect(response.body).not.toContain('zq7');
    },
  );

  it.each([all, one, '/admin/v1/limits-history', '/admin/v1/usage'])(
    'refuses a parameter that %s does not take, and quotes nothing',
    async (url) => {
      const response = await open().ask('GET', `${url}?zq7-secret=1`);
      expect(response.statusCode).toBe(400);
      expect(response.json().errors[0].pointer).toBe('?');
      expect(response.body).not.toContain('zq7');
    },
  );
});

describe('PUT /admin/v1/limits', () => {
  it('hands on the changes, and answers with the difference and its tag', async () => {
    const { put, asked } = open();
    const changes = { 'storefront/read': { rate: 500, burst: 7 }, 'class:backend/scan': null };
    const response = await put(all, JSON.stringify({ limits: changes }));
    expect(response.statusCode).toBe(200);
    expect(response.headers.etag).toBe(limitsDifference.tag);
    expect(response.json()).toEqual(limitsDifference);
    expect(asked).toEqual([['change', changes, options]]);
  });

  it.each([
    ['*', undefined],
    ['"7-a"', ['"7-a"']],
    ['"7-a", W/"8-b" ,"9-c,d"', ['"7-a"', 'W/"8-b"', '"9-c,d"']],
  ])('takes If-Match: %s', async (header, ifMatch) => {
    const { put, asked } = open();
    await put(all, '{"limits":{}}', { ...json, 'if-match': header });
    expect(asked).toEqual([['change', {}, { ...options, ifMatch }]]);
  });

  it.each(['7-a', '"7-a', '"7-a" "8-b"', '', '"a", *'])('refuses If-Match: %s', async (header) => {
    const { put, asked } = open();
    const response = await put(all, '{"limits":{}}', { ...json, 'if-match': header });
    expect([response.statusCode, response.json().type]).toEqual([400, '/problems/invalid-request']);
    expect(asked).toEqual([]);
  });

  it.each([
    ['', false],
    ['?dryRun=false', false],
    ['?dryRun=true', true],
  ])('takes "%s" for a trial: %s', async (query, dryRun) => {
    const { put, asked } = open();
    const response = await put(`${all}${query}`, '{"limits":{}}');
    expect(response.json().dryRun).toBe(dryRun);
    expect(asked).toEqual([['change', {}, { ...options, dryRun }]]);
  });

  it.each([
    ['?dryRun=yes', '?dryRun', 'must be true or false', 'not a change by accident'],
    ['?dryRun', '?dryRun', 'must be true or false', 'no value'],
    ['?dryRun=true&dryRun=true', '?dryRun', 'must be true or false', 'twice'],
    ['?dryrun=true', '?', 'this address takes only dryRun', 'misspelt'],
  ])('refuses "%s": %s %s (%s)', async (query, pointer, detail) => {
    const { put, asked } = open();
    const response = await put(`${all}${query}`, '{"limits":{}}');
    expect([response.statusCode, response.json().errors]).toEqual([400, [{ pointer, detail }]]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['null', '', 'must be of the type object'],
    ['{}', '/limits', 'is missing'],
    ['{"limits":[]}', '/limits', 'must be of the type object'],
    ['{"limits":null}', '/limits', 'must be of the type object'],
    ['{"limits":{},"paused":[]}', '/paused', 'is not a field of this request'],
    [
      JSON.stringify({ limits: Object.fromEntries([...Array(1_001).keys()].map((name) => [name, null])) }),
      '/limits',
      'does not have the expected form',
    ],
  ])('refuses %.30s by pointer and changes nothing: %s %s', async (payload, pointer, detail) => {
    const { put, asked } = open();
    const response = await put(all, payload);
    expect([response.statusCode, response.json().errors]).toEqual([400, [{ pointer, detail }]]);
    expect(asked).toEqual([]);
  });

  it('tells every bad member where it stands in the body', async () => {
    const faults = [{ pointer: '/limits/storefront~1read/rate', detail: 'must be a number' }];
    const { put } = open(refuse('invalid-request', 'a limit breaks a rule', faults));
    const response = await put(all, '{"limits":{"storefront/read":{"rate":"x"}}}');
    expect([response.statusCode, response.json().errors]).toEqual([400, faults]);
  });

  it.each([
    ['not-found', 404],
    ['precondition-failed', 412],
    ['limiter-unavailable', 503],
  ] as const)('is %s with %i', async (slug, status) => {
    const { put } = open(refuse(slug, 'not now'));
    const response = await put(all, '{"limits":{}}');
    expect([response.statusCode, response.json().type]).toEqual([status, `/problems/${slug}`]);
    expect(response.headers['retry-after-ms']).toBe(slug === 'limiter-unavailable' ? '1000' : undefined);
  });
});

describe('PUT and DELETE /admin/v1/limits/{subject}/{operation}', () => {
  it('hand on the one change', async () => {
    const { put, ask, asked } = open();
    await put('/admin/v1/limits/fleet:all/read?dryRun=true', '{"rate":5}');
    const response = await ask('DELETE', one, { headers: { 'if-match': '"7-a"' } });
    expect(response.json()).toEqual(limitsDifference);
    expect(asked).toEqual([
      ['change', { 'fleet:all/read': { rate: 5 } }, { ...options, dryRun: true }],
      ['change', { 'storefront/read': null }, { ...options, ifMatch: ['"7-a"'] }],
    ]);
  });

  it('leave it to the rules what a member may be', async () => {
    const { put, asked } = open();
    await put(one, '{"rate":"x","what":1}');
    expect(asked).toEqual([['change', { 'storefront/read': { rate: 'x', what: 1 } }, options]]);
  });

  it.each(['null', '[]', '7'])('refuse the body %s', async (payload) => {
    const { put, asked } = open();
    expect((await put(one, payload)).statusCode).toBe(400);
    expect(asked).toEqual([]);
  });

  it('refuse to take back with a body of members', async () => {
    const { ask, asked } = open();
    const response = await ask('DELETE', one, { headers: json, payload: '{"rate":1}' });
    expect(response.statusCode).toBe(400);
    expect(asked).toEqual([]);
  });

  it('tell a bad member where it stands in the body', async () => {
    const faults = [
      { pointer: '/limits/storefront~1read/rate', detail: 'must be a number' },
      { pointer: '/limits/storefront~1read', detail: 'must be an object' },
      { pointer: '/limits', detail: 'too much' },
    ];
    const { put } = open(refuse('invalid-request', 'a limit breaks a rule', faults));
    const { errors } = (await put(one, '{"rate":"x"}')).json();
    expect(errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/rate', '', '']);
  });

  it('do not quote the name of a limit that there cannot be', async () => {
    const faults = [{ pointer: '/limits/zq7-secret~1read', detail: 'nobody of this name' }];
    const { put } = open(refuse('not-found', 'there is no such application', faults));
    const response = await put('/admin/v1/limits/zq7-secret/read', '{"rate":1}');
    expect(response.statusCode).toBe(404);
    expect(response.body).not.toContain('zq7');
  });
});

describe('POST /admin/v1/applications/{application}/pause and resume', () => {
  it('hand on who is meant', async () => {
    const { ask, asked } = open();
    const response = await ask('POST', '/admin/v1/applications/nightly-report/pause');
    expect([response.statusCode, response.headers.etag]).toEqual([200, limitsDifference.tag]);
    await ask('POST', '/admin/v1/applications/nightly-report/resume?dryRun=true', {
      headers: { 'if-match': '"7-a"' },
    });
    expect(asked).toEqual([
      ['pause', 'nightly-report', true, options],
      ['pause', 'nightly-report', false, { ...options, ifMatch: ['"7-a"'], dryRun: true }],
    ]);
  });

  it('are 404 for an application that there is not', async () => {
    const { ask } = open(refuse('not-found', 'no application of this name'));
    expect((await ask('POST', '/admin/v1/applications/nobody/pause')).statusCode).toBe(404);
  });
});

describe('the audit line of a change of limits', () => {
  const { before, after } = {
    before: {
      limits: { 'storefront/read': limitsDifference.limits[0]?.before },
      paused: { 'nightly-report': true },
    },
    after: {
      limits: { 'storefront/read': limitsDifference.limits[0]?.after },
      paused: { 'nightly-report': false },
      version: 8,
    },
  };

  it.each([
    ['PUT', all, 'limits', '{"limits":{}}'],
    ['PUT', one, 'limits', '{}'],
    ['DELETE', one, 'limits', undefined],
    ['POST', '/admin/v1/applications/a/pause', 'application-pause', undefined],
    ['POST', '/admin/v1/applications/a/resume', 'application-resume', undefined],
  ] as const)('by %s %s tells who, what, before and after', async (method, url, change, payload) => {
    const { ask, audit } = open();
    await ask(method, url, payload === undefined ? {} : { headers: json, payload });
    expect(audit()).toMatchObject([
      { role: 'operator', key: operatorPrefix, change, outcome: 'done', before, after },
    ]);
  });

  it('is not written for a trial', async () => {
    const { put, audit } = open();
    await put(`${all}?dryRun=true`, '{"limits":{}}');
    expect(audit()).toEqual([]);
  });

  it('of a refused one tells the problem, and nothing that was named', async () => {
    const { put, audit, log } = open(refuse('precondition-failed', 'changed since'));
    await put(all, '{"limits":{"zq7-secret/read":null}}');
    expect(audit()).toMatchObject([{ change: 'limits', outcome: 'refused', problem: 'precondition-failed' }]);
    expect(log()).not.toContain('zq7');
  });
});
