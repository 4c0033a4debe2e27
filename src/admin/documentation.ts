import type { FastifySchema } from 'fastify';
import type { ProblemSlug } from '../core/errors.ts';
import { problemResponses } from '../web/problem-responses.ts';
import { cacheStatsSchema, purgeReportSchema } from './cache-schemas.ts';
import { configVerdictSchema, configViewSchema, reloadReportSchema } from './configuration-schemas.ts';
import { explanationSchema } from './explanation-schema.ts';
import { guardViewSchema } from './guard-schemas.ts';
import {
  limitsDifferenceSchema,
  limitsHistorySchema,
  limitsViewSchema,
  shownLimitSchema,
  usageViewSchema,
} from './limit-schemas.ts';
import { drainReportSchema, logLevelSchema } from './operation-schemas.ts';
import { topologyViewSchema } from './topology-schema.ts';

/** The answers of this port, by the names that they have in OpenAPI. */
export const answerSchemas = {
  CacheStats: cacheStatsSchema,
  ConfigVerdict: configVerdictSchema,
  ConfigView: configViewSchema,
  DrainReport: drainReportSchema,
  Explanation: explanationSchema,
  GuardView: guardViewSchema,
  LimitsDifference: limitsDifferenceSchema,
  LimitsHistory: limitsHistorySchema,
  LimitsView: limitsViewSchema,
  LogLevel: logLevelSchema,
  PurgeReport: purgeReportSchema,
  ReloadReport: reloadReportSchema,
  ShownLimit: shownLimitSchema,
  TopologyView: topologyViewSchema,
  UsageView: usageViewSchema,
} as const;

export interface RouteDescription {
  readonly operationId: string;
  readonly tag: 'configuration' | 'cluster' | 'cache' | 'limits' | 'operation';
  readonly summary: string;
  readonly description?: string;
  readonly answer: keyof typeof answerSchemas;
  /** Of the success; 200 when left out. */
  readonly status?: number;
  /** Beside those that every address can answer. */
  readonly problems?: readonly ProblemSlug[];
  /** Of the address. */
  readonly parameters?: object;
  readonly query?: object;
  readonly headers?: object;
  /** Of the success. */
  readonly answerHeaders?: object;
  /** What OpenAPI says of the body, where it is not the schema that checks it. */
  readonly body?: object;
  readonly consumes?: readonly string[];
}

/** What any address under `/admin/v1` may answer. */
const everywhere: readonly ProblemSlug[] = [
  'unauthenticated',
  'cross-origin',
  'host-not-allowed',
  'draining',
  'internal',
];

export function documentRoute(route: RouteDescription): FastifySchema {
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: [{ key: [] }],
    ...(route.parameters === undefined ? {} : { params: route.parameters }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.headers === undefined ? {} : { headers: route.headers }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(route.consumes === undefined ? {} : { consumes: [...route.consumes] }),
    response: {
      [route.status ?? 200]: {
        description: route.summary,
        ...(route.answerHeaders === undefined ? {} : { headers: route.answerHeaders }),
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${route.answer}` } } },
      },
      ...problemResponses([...everywhere, ...(route.problems ?? [])]),
    },
  };
}
