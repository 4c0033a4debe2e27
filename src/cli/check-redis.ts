import type { RedisNotReached, RedisSurvey } from '../compose/redis-access.ts';
import type { Config, RedisConfig } from '../config/config.ts';
import { byteText } from './byte-text.ts';
import { redisText } from './check-limits.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Whether limits can be counted in the configured Redis, and what would make it forget them. Changes nothing there. */
export async function checkRedis({ redis }: Config, timeoutMs: number): Promise<readonly Finding[]> {
  if (redis === undefined) return [];
  const { surveyRedis } = await import('../compose/redis-access.ts');
  return redisFindings(redis, await surveyRedis(redis, timeoutMs));
}

/** What there is to say of a Redis that was looked at, or could not be. */
export function redisFindings(redis: RedisConfig, survey: RedisSurvey | RedisNotReached): readonly Finding[] {
  if ('notReached' in survey) {
    const { notReached } = survey;
    return [failed(`${redisText(redis)} was not reached: ${notReached}`, remedyOf(notReached, redis))];
  }
  const version = survey.version === '' ? 'of unknown version' : survey.version;
  return [
    ok(`${redisText(redis)} was reached: ${version}`),
    ...checkUse(redis, survey),
    ...checkVersion(survey),
    ...checkMemory(survey),
    ...checkSaving(survey),
  ];
}

/** What stands in the way of counting at all. */
function checkUse({ clock, servers }: RedisConfig, survey: RedisSurvey): readonly Finding[] {
  const findings: Finding[] = [];
  if (survey.isReplica) {
    const todo = servers.kind === 'sentinel' ? 'check the Sentinels: they name it' : 'give its master';
    findings.push(failed('this Redis is a replica, on which nothing can be counted', todo));
  } else if (survey.refusesWrites !== '') {
    const what = `this Redis refuses writes, so that nothing can be counted: ${survey.refusesWrites}`;
    findings.push(failed(what, remedyOfRefusal(survey.refusesWrites)));
  }
  if (clock === 'redis' && !survey.tellsTime) {
    findings.push(
      failed(
        'scripts may not ask this Redis for the time',
        'set redis.clock to caller, and keep the clocks of the instances alike',
      ),
    );
  }
  return findings;
}

const leastVersion = [6, 2] as const;

function checkVersion({ version }: RedisSurvey): readonly Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOlder = major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]);
  if (version === '' || !isOlder) return [];
  const least = leastVersion.join('.');
  return [
    warning(`this Redis is older than ${least}, for which Weir is made`, `use Redis ${least} or later`),
  ];
}

function checkMemory({ mostBytes, evictionPolicy }: RedisSurvey): readonly Finding[] {
  if (mostBytes === 0 || !/^(allkeys|volatile)-/.test(evictionPolicy)) return [];
  const lost = evictionPolicy.startsWith('allkeys-')
    ? 'limits that were set at run time, and what is counted'
    : 'what is counted, so that limits begin anew';
  return [
    warning(
      `with ${byteText(mostBytes)} in use this Redis throws out ${lost}: its maxmemory-policy is ${evictionPolicy}`,
      'set maxmemory-policy to noeviction, or give Weir a Redis of its own',
    ),
  ];
}

function checkSaving({ appendsToFile, savesFile }: RedisSurvey): readonly Finding[] {
  if (appendsToFile || savesFile === true) return [];
  if (savesFile === undefined) {
    return [ok('whether this Redis saves anything could not be seen: it does not tell its settings')];
  }
  return [
    warning(
      'this Redis saves nothing: after its restart limits that were set at run time are only in the instances',
      'set appendonly to yes, or save points',
    ),
  ];
}

function remedyOfRefusal(code: string): string {
  if (code === 'OOM') return 'give it more room (maxmemory), or Weir a Redis of its own';
  if (code === 'MISCONF') return 'look at its log: it cannot save its file';
  if (code === 'NOREPLICAS') return 'look at its replicas: fewer than min-replicas-to-write are there';
  return 'look at its log, and at what its user may do';
}

function remedyOf(reason: string, { servers }: RedisConfig): string {
  const setting = { single: 'redis.url', sentinel: 'redis.sentinels', cluster: 'redis.cluster' }[
    servers.kind
  ];
  if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(reason)) return 'check redis.username and redis.password';
  if (/CERT|SIGN|TLS|SSL|EPROTO/.test(reason))
    return 'check redis.tls, and whether redis.url has to say rediss';
  if (reason === 'no sentinel names a master') return 'check redis.sentinels and redis.master';
  if (reason === 'MOVED') return 'this is a node of a Redis Cluster: give redis.cluster instead of redis.url';
  if (reason === 'no cluster')
    return 'this is no node of a Redis Cluster: give redis.url instead of redis.cluster';
  if (reason === 'CLUSTERDOWN')
    return 'no node has the slot of the fleet: redis-cli --cluster check tells more';
  return `check ${setting}, and that this machine reaches it`;
}
