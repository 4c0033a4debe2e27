import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import type { Application } from '../../src/core/applications.ts';
import type { LookUp, LookUpAnswer, LookUpCall } from '../../src/core/reads/look-up.ts';
import { defaultBounds } from '../../src/core/reads/settings.ts';
import { buildDataApp, type DataAppOptions } from '../../src/http/app.ts';
import { createAuthenticator } from '../../src/http/authenticate.ts';
import type { RequestEnd } from '../../src/http/request-metrics.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

export const storefront: Application = {
  name: 'storefront',
  className: 'frontend',
  datacenters: ['us-east-1-frontend'],
  grants: new Map([['shop.products', new Set(['read'] as const)]]),
};

export const lookUpUrl = '/v1/shop/products/lookup';

export const foundAnswer: LookUpAnswer = {
  problem: undefined,
  body: '{"results":[{"status":"found","rows":[{"title":"Lampe à huile"}]}],"summary":{"found":1,"missing":0,"error":0,"unprocessed":0}}',
  keys: 1,
  groups: 1,
};

export interface DataAppFixture {
  readonly app: FastifyInstance;
  readonly clock: FakeClock;
  /** What reached the core. */
  readonly calls: LookUpCall[];
  readonly ends: RequestEnd[];
  readonly starts: () => number;
  /** All log lines. */
  readonly log: () => string;
  /** A look-up with the credential of `storefront`, and a body of one key. */
  readonly lookUp: (options?: {
    readonly url?: string;
    readonly headers?: Record<string, string>;
    readonly payload?: string | Buffer;
  }) => Promise<LightMyRequestResponse>;
}

/** A data port that trusts loopback, in front of `lookUp`. */
export function createDataApp(
  lookUp: LookUp = async () => foundAnswer,
  overrides: Partial<DataAppOptions> = {},
): DataAppFixture {
  const clock = createFakeClock();
  const calls: LookUpCall[] = [];
  const ends: RequestEnd[] = [];
  const lines: string[] = [];
  let starts = 0;
  const app = buildDataApp({
    lookUp: (call) => {
      calls.push(call);
      return lookUp(call);
    },
    authenticator: createAuthenticator({
      mode: 'trusted',
      applications: new Map([['storefront', storefront]]),
      trustedProxies: ['127.0.0.1'],
    }),
    clock,
    bounds: defaultBounds,
    readiness: () => ({ ready: true, reasons: [] }),
    metrics: {
      requestStarted: () => {
        starts += 1;
      },
      requestEnded: (end) => ends.push(end),
    },
    logger: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
    ...overrides,
  });
  return {
    app,
    clock,
    calls,
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
  };
}
