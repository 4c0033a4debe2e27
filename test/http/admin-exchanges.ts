import { RequestError } from '../../src/core/errors.ts';
import type { LimitAdministration } from '../../src/core/throttle/limit-administration.ts';
import { type AdminAppSetup, viewerKey } from './admin-app-fixture.ts';
import { noGuard } from './admin-guard-fixture.ts';
import { limitsView } from './admin-limits-fixture.ts';

export interface Exchange {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** In the document; the url without its query when left out. */
  readonly address?: string;
  readonly media?: string;
  readonly payload?: string;
  readonly key?: string | undefined;
  readonly setup?: AdminAppSetup;
  readonly status: number;
}

const json = 'application/json';
const yaml = 'application/yaml';
const faults = [
  { file: 'weir.yaml', line: 3, column: 9, path: ['a'], what: 'w', why: 'y', nearest: 'b' },
  { file: 'flag', path: [], what: 'w', why: 'y' },
];
const explainBody = '{"application":"a","keyspace":"k","table":"t","lookup":{}}';
const down = () => Promise.reject(new RequestError('limiter-unavailable', 'the store does not answer'));
/** While the store cannot be asked. */
const limitsOfNobody: LimitAdministration = {
  view: () => limitsView,
  change: down,
  pause: down,
  usage: down,
  history: down,
};

/** One of each answer that the admin port has. */
export const exchanges: readonly Exchange[] = [
  { what: 'live', method: 'GET', url: '/livez', status: 200 },
  { what: 'ready', method: 'GET', url: '/readyz', status: 200 },
  { what: 'ready, in words', method: 'GET', url: '/readyz?verbose', status: 200 },
  {
    what: 'unready, in words',
    method: 'GET',
    url: '/readyz?verbose',
    setup: {
      readiness: () => ({
        ready: false,
        conditions: [{ name: 'cluster', state: 'failed', reason: 'no node is up', ageMs: 3 }],
      }),
    },
    status: 503,
  },
  { what: 'a configuration', method: 'GET', url: '/admin/v1/config', status: 200 },
  {
    what: 'a good configuration',
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: yaml,
    payload: 'x',
    status: 200,
  },
  {
    what: 'a bad configuration',
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: yaml,
    payload: 'x',
    setup: { administration: { validateConfig: () => faults } },
    status: 200,
  },
  {
    what: 'no configuration',
    method: 'POST',
    url: '/admin/v1/config/validate',
    media: json,
    payload: '{}',
    status: 415,
  },
  { what: 'a reload', method: 'POST', url: '/admin/v1/config/reload', status: 200 },
  {
    what: 'a refused reload',
    method: 'POST',
    url: '/admin/v1/config/reload',
    setup: { administration: { reloadConfig: async () => ({ outcome: 'refused', faults }) } },
    status: 422,
  },
  { what: 'a topology', method: 'GET', url: '/admin/v1/topology', status: 200 },
  {
    what: 'an explanation',
    method: 'POST',
    url: '/admin/v1/explain',
    media: json,
    payload: explainBody,
    status: 200,
  },
  {
    what: 'a look-up that is malformed',
    method: 'POST',
    url: '/admin/v1/explain',
    media: json,
    payload: '{}',
    status: 400,
  },
  { what: 'a cache', method: 'GET', url: '/admin/v1/cache', status: 200 },
  ...[undefined, '{"keys":["a",{"sku":"b"}]}'].map(
    (payload): Exchange => ({
      what: `a purge of ${payload ?? 'a table'}`,
      method: 'DELETE',
      url: '/admin/v1/cache/shop/products',
      address: '/admin/v1/cache/{keyspace}/{table}',
      ...(payload === undefined ? {} : { media: json, payload }),
      status: 200,
    }),
  ),
  {
    what: 'a purge of no key',
    method: 'DELETE',
    url: '/admin/v1/cache/shop/products',
    address: '/admin/v1/cache/{keyspace}/{table}',
    media: json,
    payload: '{"keys":[]}',
    status: 400,
  },
  { what: 'limits', method: 'GET', url: '/admin/v1/limits', status: 200 },
  ...(['storefront/read', 'storefront/connect', 'class:backend/scan'] as const).map(
    (id): Exchange => ({
      what: `the limit ${id}`,
      method: 'GET',
      url: `/admin/v1/limits/${id}`,
      address: '/admin/v1/limits/{subject}/{operation}',
      status: 200,
    }),
  ),
  {
    what: 'no limit',
    method: 'GET',
    url: '/admin/v1/limits/storefront/scan',
    address: '/admin/v1/limits/{subject}/{operation}',
    status: 404,
  },
  { what: 'a history of limits', method: 'GET', url: '/admin/v1/limits-history?most=1', status: 200 },
  {
    what: 'changes of limits',
    method: 'PUT',
    url: '/admin/v1/limits?dryRun=true',
    media: json,
    payload: '{"limits":{"storefront/read":{"rate":500}}}',
    status: 200,
  },
  {
    what: 'changes of limits that are malformed',
    method: 'PUT',
    url: '/admin/v1/limits',
    media: json,
    payload: '{"limits":[]}',
    status: 400,
  },
  {
    what: 'a change of a limit',
    method: 'PUT',
    url: '/admin/v1/limits/storefront/read',
    address: '/admin/v1/limits/{subject}/{operation}',
    media: json,
    payload: '{"rate":500}',
    status: 200,
  },
  {
    what: 'a change over other settings',
    method: 'DELETE',
    url: '/admin/v1/limits/storefront/read',
    address: '/admin/v1/limits/{subject}/{operation}',
    setup: {
      administration: {
        limits: {
          ...limitsOfNobody,
          change: () => Promise.reject(new RequestError('precondition-failed', 'changed since')),
        },
      },
    },
    status: 412,
  },
  ...(['pause', 'resume'] as const).map(
    (verb): Exchange => ({
      what: `to ${verb} an application`,
      method: 'POST',
      url: `/admin/v1/applications/storefront/${verb}`,
      address: `/admin/v1/applications/{application}/${verb}`,
      status: 200,
    }),
  ),
  { what: 'a usage', method: 'GET', url: '/admin/v1/usage?window=5', status: 200 },
  {
    what: 'a usage that cannot be asked for',
    method: 'GET',
    url: '/admin/v1/usage',
    setup: { administration: { limits: limitsOfNobody } },
    status: 503,
  },
  { what: 'a guard', method: 'GET', url: '/admin/v1/guard', status: 200 },
  {
    what: 'a guard that does nothing',
    method: 'GET',
    url: '/admin/v1/guard',
    setup: { administration: { guard: { view: () => noGuard, override: down } } },
    status: 200,
  },
  {
    what: 'an override of the guard',
    method: 'PUT',
    url: '/admin/v1/guard',
    media: json,
    payload: '{"factor":0.5}',
    status: 200,
  },
  {
    what: 'an override that cannot be kept',
    method: 'PUT',
    url: '/admin/v1/guard',
    media: json,
    payload: '{"factor":null}',
    setup: { administration: { guard: { view: () => noGuard, override: down } } },
    status: 503,
  },
  { what: 'a log level', method: 'GET', url: '/admin/v1/log-level', status: 200 },
  {
    what: 'a new log level',
    method: 'PUT',
    url: '/admin/v1/log-level',
    media: json,
    payload: '{"level":"warn"}',
    status: 200,
  },
  { what: 'a drain', method: 'POST', url: '/admin/v1/drain', status: 202 },
  { what: 'a drain without a key', method: 'POST', url: '/admin/v1/drain', key: undefined, status: 401 },
  { what: 'a drain by a viewer', method: 'POST', url: '/admin/v1/drain', key: viewerKey, status: 403 },
  {
    what: 'metrics that fail',
    method: 'GET',
    url: '/metrics',
    setup: { metricsText: () => Promise.reject(new Error('x')) },
    status: 500,
  },
];
