import { describe, expect, it } from 'vitest';
import { type ProblemSlug, problems, RequestError } from '../../src/core/errors.ts';
import { account, createDataApp, foundAnswer, storefront } from './data-app-fixture.ts';

describe('POST /v1/{keyspace}/{table}/lookup', () => {
  it('hands the call to the core: who, which table, the parsed body', async () => {
    const { lookUp, calls } = createDataApp();
    await lookUp({ payload: '{"keys":["sku-1",7],"surplus":null}' });
    expect(calls).toEqual([
      {
        application: storefront,
        keyspace: 'shop',
        table: 'products',
        body: { keys: ['sku-1', 7], surplus: null },
        deadlineMs: 1_000,
        strict: false,
        traceparent: undefined,
        speculativeRetry: undefined,
        noCache: false,
        waitMs: undefined,
        caller: { gone: expect.any(Boolean), onGone: expect.any(Function) },
        debug: false,
      },
    ]);
  });

  it('returns the bytes of the answer as they are', async () => {
    const { lookUp } = createDataApp();
    const response = await lookUp();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.body).toBe(foundAnswer.body);
  });

  it('decodes names in the address', async () => {
    const { lookUp, calls } = createDataApp();
    await lookUp({ url: '/v1/Shop%20A/%C3%A4rzte/lookup' });
    expect(calls[0]).toMatchObject({ keyspace: 'Shop A', table: 'ärzte' });
  });

  it('hands a body that is absent on as undefined', async () => {
    const { app, calls } = createDataApp();
    await app.inject({
      method: 'POST',
      url: '/v1/shop/products/lookup',
      headers: { 'x-weir-app': 'storefront' },
    });
    expect(calls[0]?.body).toBeUndefined();
  });

  it.each([
    ['1', true],
    ['0', false],
    ['true', false],
  ])('takes X-Debug: %s as debug %s', async (value, debug) => {
    const { lookUp, calls } = createDataApp();
    await lookUp({ headers: { 'x-debug': value } });
    expect(calls[0]?.debug).toBe(debug);
  });
});

describe('an answer without a key found or missing', () => {
  const body =
    '{"type":"/problems/replica-timeout","title":"t","status":504,"detail":"d","results":[{"status":"error"}],"summary":{}}';

  it('is a problem with the request id as instance and all its members', async () => {
    const { lookUp } = createDataApp(async () => ({
      problem: 'deadline-exceeded' as const,
      body,
      account,
    }));
    const response = await lookUp({ headers: { 'x-request-id': 'r-1' } });
    expect(response.statusCode).toBe(504);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toEqual({ ...JSON.parse(body), instance: 'r-1' });
  });

  it.each<[ProblemSlug, string]>([
    ['overload', 'room comes back'],
    ['limiter-unavailable', 'Redis comes back'],
    ['no-replica', 'nodes come back'],
  ])('%s says when to come again, in headers and in the body: %s', async (problem) => {
    const { lookUp } = createDataApp(async () => ({ problem, body, account }));
    const response = await lookUp();
    expect(response.headers['retry-after']).toBe('1');
    expect(response.headers['retry-after-ms']).toBe('1000');
    expect(response.json().retryAfterMs).toBe(1_000);
  });

  it.each<[ProblemSlug, string]>([
    ['deadline-exceeded', 'a longer deadline helps, not waiting'],
    ['replica-rejected', 'every node says the same'],
    ['impossible', 'the request has to change'],
  ])('%s says nothing of coming again: %s', async (problem) => {
    const { lookUp } = createDataApp(async () => ({ problem, body, account }));
    const response = await lookUp();
    expect(response.headers).not.toHaveProperty('retry-after');
    expect(response.json()).not.toHaveProperty('retryAfterMs');
  });
});

describe('Prefer', () => {
  it('handling=strict asks the core for all or nothing, and is told to be applied', async () => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ headers: { prefer: 'handling=strict' } });
    expect(calls[0]?.strict).toBe(true);
    expect(response.headers['preference-applied']).toBe('handling=strict');
  });

  it('handling=lenient is what happens anyway, and is told to be applied', async () => {
    const { lookUp, calls } = createDataApp();
    const response = await lookUp({ headers: { prefer: 'handling=lenient' } });
    expect(calls[0]?.strict).toBe(false);
    expect(response.headers['preference-applied']).toBe('handling=lenient');
  });

  it.each(['respond-async', 'wait=5', 'handling=harsh', '"'])(
    '%s changes nothing and is not told to be applied',
    async (prefer) => {
      const { lookUp, calls } = createDataApp();
      const response = await lookUp({ headers: { prefer } });
      expect(response.statusCode).toBe(200);
      expect(calls[0]?.strict).toBe(false);
      expect(response.headers).not.toHaveProperty('preference-applied');
    },
  );
});

describe('Server-Timing', () => {
  it('tells with X-Debug: 1 what Cassandra and the whole took', async () => {
    const fixture = createDataApp(async () => {
      await fixture.clock.advance(7.256);
      return { ...foundAnswer, account: { ...account, cassandraMs: 4.123 } };
    });
    const response = await fixture.lookUp({ headers: { 'x-debug': '1' } });
    expect(response.headers['server-timing']).toBe('cassandra;dur=4.12, total;dur=7.26');
  });

  it('tells of a table with a cache how many keys it answered', async () => {
    const cached = { ...account, cacheHits: 30, cache: { use: 'read', keys: 50, stale: 0 } } as const;
    const { lookUp } = createDataApp(async () => ({ ...foundAnswer, account: cached }));
    const response = await lookUp({ headers: { 'x-debug': '1' } });
    expect(response.headers['server-timing']).toBe(
      'cache;desc="30 of 50 keys", cassandra;dur=2.50, total;dur=0.00',
    );
  });

  it.each(['refused', 'off'] as const)('tells nothing of a cache that was %s', async (use) => {
    const cached = { ...account, cache: { use, keys: 50, stale: 0 } };
    const { lookUp } = createDataApp(async () => ({ ...foundAnswer, account: cached }));
    const response = await lookUp({ headers: { 'x-debug': '1' } });
    expect(response.headers['server-timing']).toBe('cassandra;dur=2.50, total;dur=0.00');
  });

  it('tells nothing unless it is asked for', async () => {
    const { lookUp } = createDataApp();
    expect((await lookUp()).headers).not.toHaveProperty('server-timing');
  });
});

describe('a refusal of the core', () => {
  const slugs = Object.keys(problems) as ProblemSlug[];

  it.each(slugs)('%s has the status, title and type of the catalogue', async (slug) => {
    const { lookUp } = createDataApp(async () => {
      throw new RequestError(slug, 'what and why');
    });
    const response = await lookUp({ headers: { 'x-request-id': 'r-2' } });
    const { status, title } = problems[slug];
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({
      type: `/problems/${slug}`,
      title,
      status,
      detail: 'what and why',
      instance: 'r-2',
    });
  });

  it('lists every fault by its pointer', async () => {
    const faults = [
      { pointer: '/keys/0', detail: 'must be a string' },
      { pointer: '/keys/3/sku', detail: 'is absent' },
    ];
    const { lookUp } = createDataApp(async () => {
      throw new RequestError('invalid-request', 'bad keys', faults);
    });
    expect((await lookUp()).json().errors).toEqual(faults);
  });
});

describe('a fault of Weir itself', () => {
  const fault = new TypeError('SELECT * FROM shop.products WHERE sku = zq7-secret');

  it('is 500 and tells nothing of itself', async () => {
    const { lookUp, log } = createDataApp(async () => {
      throw fault;
    });
    const response = await lookUp({ headers: { 'x-request-id': 'r-3' } });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ type: '/problems/internal', instance: 'r-3' });
    expect(response.body + log()).not.toMatch(/zq7-secret|SELECT|\.ts:/);
  });

  it('makes its log line an error, with the name of the fault and the request id', async () => {
    const { lookUp, log } = createDataApp(async () => {
      throw fault;
    });
    await lookUp({ headers: { 'x-request-id': 'r-4' } });
    expect(JSON.parse(log())).toMatchObject({
      level: 50,
      requestId: 'r-4',
      status: 500,
      problem: 'internal',
      fault: 'TypeError',
    });
  });

  it('is 500 also when what was thrown is no error', async () => {
    const { lookUp } = createDataApp(() => Promise.reject('zq7-secret'));
    const response = await lookUp();
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('zq7-secret');
  });
});
