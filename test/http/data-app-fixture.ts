import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import type { Application } from '../../src/core/applications.ts';
import type { LookUp, LookUpAnswer, LookUpCall, ReadAccount } from '../../src/core/reads/look-up.ts';
import type { RowCall } from '../../src/core/reads/row.ts';
import { defaultBounds } from '../../src/core/reads/settings.ts';
import type { DescribeCall } from '../../src/core/reads/table-description.ts';
import { buildDataApp, type DataAppOptions } from '../../src/http/app.ts';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import type { RequestEnd } from '../../src/http/request-metrics.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createSessionParts } from '../support/session-parts.ts';

export const storefront: Application = {
  name: 'storefront',
  className: 'frontend',
  datacenters: ['us-east-1-frontend'],
  cacheUse: 'fill',
  grants: new Map([['shop.products', { operations: new Set(['read'] as const), columns: undefined }]]),
};

export const lookUpUrl = '/v1/shop/products/lookup';
export const rowUrl = '/v1/shop/products/row';
export const tableUrl = '/v1/shop/products';

export const account: ReadAccount = {
  keys: 1,
  groups: 1,
  hedges: 0,
  cacheHits: 0,
  joined: 0,
  found: 1,
  missing: 0,
  error: 0,
  unprocessed: 0,
  cassandraMs: 2.5,
  cache: undefined,
  quota: undefined,
};

export const foundAnswer: LookUpAnswer = {
  problem: undefined,
  body: '{"results":[{"status":"found","rows":[{"title":"Lampe à huile"}]}],"summary":{"found":1,"missing":0,"error":0,"unprocessed":0}}',
  account,
};

export const foundRow = '{"sku":"sku-1","title":"Lampe à huile"}';

export const description =
  '{"keyspace":"shop","table":"products","partitionKey":["sku"],"clusteringKey":[],"columns":[]}';

export interface SentRequest {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly payload?: string | Buffer;
}

export interface DataAppFixture {
  readonly app: FastifyInstance;
  readonly clock: FakeClock;
  /** Look-ups that reached the core. */
  readonly calls: LookUpCall[];
  readonly rowCalls: RowCall[];
  readonly describeCalls: DescribeCall[];
  readonly ends: RequestEnd[];
  readonly starts: () => number;
  /** All log lines. */
  readonly log: () => string;
  /** A look-up with the credential of `storefront`, and a body of one key. */
  readonly lookUp: (options?: SentRequest) => Promise<LightMyRequestResponse>;
  /** A GET with the credential of `storefront`; of the row of `sku-1` where no address is given. */
  readonly get: (options?: Omit<SentRequest, 'payload'>) => Promise<LightMyRequestResponse>;
}

/** For routes that a test only looks at: a call is a fault of the test. */
const notScripted = async (): Promise<never> => {
  throw new Error('the test has nothing to answer here');
};

/** A data port that trusts loopback, in front of `lookUp`. */
export function createDataApp(
  lookUp: LookUp = async () => foundAnswer,
  overrides: Partial<DataAppOptions> = {},
): DataAppFixture {
  const clock = createFakeClock();
  const calls: LookUpCall[] = [];
  const rowCalls: RowCall[] = [];
  const describeCalls: DescribeCall[] = [];
  const ends: RequestEnd[] = [];
  const lines: string[] = [];
  let starts = 0;
  const {
    readRow = async () => ({ body: foundRow, ageMs: undefined, account }),
    describe = async () => description,
    ...rest
  } = overrides;
  const { sessions, permits } = createSessionParts();
  const app = buildDataApp({
    lookUp: (call) => {
      calls.push(call);
      return lookUp(call);
    },
    readRow: (call) => {
      rowCalls.push(call);
      return readRow(call);
    },
    describe: (call) => {
      describeCalls.push(call);
      return describe(call);
    },
    authenticator: createAuthenticator({
      mode: 'trusted',
      applications: new Map([['storefront', storefront]]),
      trustedProxies: ['127.0.0.1'],
    }),
    clock,
    bounds: defaultBounds,
    readiness: () => ({ ready: true, conditions: [] }),
    metrics: {
      requestStarted: () => {
        starts += 1;
      },
      requestEnded: (end) => ends.push(end),
    },
    logger: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
    version: '1.2.3',
    sessions,
    permits,
    scan: notScripted,
    tellSplits: notScripted,
    write: notScripted,
    ...rest,
  });
  return {
    app,
    clock,
    calls,
    rowCalls,
    describeCalls,
    ends,
    starts: () => starts,
    log: () => lines.join(''),
    lookUp: ({ url = lookUpUrl, headers = {}, payload = '{"keys":["sku-1"]}' } = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', 'x-weir-app': 'storefront', ...headers },
        payload,
      }),
    get: ({ url = `${rowUrl}?sku=sku-1`, headers = {} } = {}) =>
      app.inject({ method: 'GET', url, headers: { 'x-weir-app': 'storefront', ...headers } }),
  };
}
