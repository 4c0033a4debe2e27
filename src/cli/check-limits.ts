import type { Config, RedisConfig } from '../config/config.ts';
import {
  type Limit,
  type LimitedOperation,
  type LimitSubject,
  limitedOperations,
  limitId,
} from '../core/throttle/limit.ts';
import { completeLimit } from '../core/throttle/limit-rules.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Who is limited to what, where that is counted, and what is odd about it. Asks nobody. */
export function checkLimits(config: Config): readonly Finding[] {
  return [
    ...describeLimits(config),
    describeCounting(config),
    ...idleClasses(config),
    ...idleGuard(config),
    ...idleReserves(config),
    ...trust(config),
  ];
}

/** An address of Redis as it is written. */
export function redisText({ servers }: RedisConfig): string {
  const list = (addresses: readonly { readonly host: string; readonly port: number }[]): string =>
    addresses.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
  switch (servers.kind) {
    case 'single':
      return `Redis at ${list([servers.address])}`;
    case 'sentinel':
      return `Redis, the master ${servers.master} of the Sentinels at ${list(servers.sentinels)}`;
    case 'cluster':
      return `the Redis Cluster at ${list(servers.nodes)}`;
  }
}

function describeLimits(config: Config): readonly Finding[] {
  const classes = new Set(config.applications.map(({ application }) => application.className));
  const subjects: readonly (readonly [who: string, LimitSubject])[] = [
    ['all applications together', { kind: 'fleet' }],
    ...[...classes].map((name) => [`class ${name}`, { kind: 'class', name }] as const),
    ...config.applications.map(({ application: { name } }) => [name, { kind: 'application', name }] as const),
  ];
  const told = subjects.flatMap(([who, subject]) => {
    const limits = limitsOf(config, subject);
    return limits.length === 0 ? [] : [ok(`the limits of ${who}: ${limits.join('; ')}`)];
  });
  return told.length === 0 ? [ok('nobody is limited')] : told;
}

function limitsOf({ limits }: Config, subject: LimitSubject): readonly string[] {
  return limitedOperations.flatMap((operation) => {
    const limit = limits.get(limitId(subject, operation));
    return limit === undefined ? [] : [`${operation} ${limitText(completeLimit(limit))}`];
  });
}

/** `20000/s, burst 40000, lease, shadow`: what differs from an ordinary limit is said. */
function limitText({ rate, burst, mode, enforce, onOver, onStoreDown, sessions }: Limit): string {
  return [
    `${rate}/s, burst ${burst}`,
    ...(sessions === undefined ? [] : [`${sessions} sessions`]),
    ...(mode === 'exact' ? [] : [mode]),
    ...(onOver === 'reject' ? [] : ['those over it wait']),
    ...(onStoreDown === 'local' ? [] : [`${onStoreDown} without Redis`]),
    ...(enforce === 'on' ? [] : [enforce]),
  ].join(', ');
}

function describeCounting({ redis, workers }: Config): Finding {
  if (redis === undefined) return ok('limits are counted by each process for itself: redis is absent');
  const processes = workers === 1 ? '' : `; ${workers} workers here`;
  return ok(`limits are counted in ${redisText(redis)}, for the fleet ${redis.fleet}${processes}`);
}

function idleClasses({ applications, limits }: Config): readonly Finding[] {
  const used = new Set(applications.map(({ application }) => application.className));
  const limited = [...limits.keys()].flatMap((id) => /^class:(.*)\//.exec(id)?.[1] ?? []);
  return [...new Set(limited)]
    .filter((name) => !used.has(name))
    .map((name) =>
      warning(
        `classes.${name}.limits limit nobody: no application belongs to the class`,
        'remove them, or name the class in applications',
      ),
    );
}

/** Whom no limit holds, nobody can slow. */
function idleGuard(config: Config): readonly Finding[] {
  const { guard } = config;
  if (guard === undefined) return [];
  const findings = guard.slows
    .filter((name) => !isHeld(config, name))
    .map((name) =>
      warning(
        `guard.slows names ${name}, and no limit holds it: nobody there can be slowed`,
        `give what its jobs may use of an idle cluster, as classes.${name}.limits of read, write or scan`,
      ),
    );
  if (guard.min < 1) return findings;
  return [
    ...findings,
    warning('guard.min is 1: nobody is ever slowed', 'let it be 0.1, the least part that jobs always keep'),
  ];
}

/** By an enforced limit of the class or of one of its applications, or by what is kept for others. */
function isHeld(config: Config, name: string): boolean {
  const subjects: readonly LimitSubject[] = [
    { kind: 'class', name },
    ...config.applications
      .filter(({ application }) => application.className === name)
      .map(({ application }) => ({ kind: 'application', name: application.name }) as const),
  ];
  return limitedOperations.some((operation) => {
    if (operation === 'connect') return false;
    const reserved = config.reserves.get(operation) ?? new Map<string, number>();
    const isKeptForOthers = [...reserved.keys()].some((other) => other !== name);
    return (
      subjects.some((subject) => isEnforced(config, subject, operation)) ||
      (isKeptForOthers && isEnforced(config, { kind: 'fleet' }, operation))
    );
  });
}

function isEnforced({ limits }: Config, subject: LimitSubject, operation: LimitedOperation): boolean {
  const limit = limits.get(limitId(subject, operation));
  return limit !== undefined && completeLimit(limit).enforce === 'on';
}

function idleReserves(config: Config): readonly Finding[] {
  return [...config.reserves.keys()]
    .filter((operation) => !isEnforced(config, { kind: 'fleet' }, operation))
    .map((operation) =>
      warning(
        `limits.${operation}.reserve keeps nothing: the limit that it is a part of is not enforced`,
        `remove limits.${operation}.enforce, or the reserve`,
      ),
    );
}

function trust({ redis }: Config): readonly Finding[] {
  if (redis === undefined || redis.password === undefined || redis.tls !== undefined) return [];
  return [
    warning(
      'the password goes to Redis without TLS',
      'use rediss:// or redis.tls, unless the network is your own',
    ),
  ];
}
