/**
 * What the scripts of the guard do; `redis-guard-store.ts` has their keys and arguments. The lead is the name of the
 * instance, for as long as the key lives: that is Redis' own time, whatever clock callers have. The epoch is a key of its
 * own, which outlives it.
 */
import { guardBounds } from '../../core/guard/guard-bounds.ts';
import { timeLua } from './fleet-lua.ts';
import type { RedisScript } from './redis-port.ts';

/** Counts are kept a little longer than they are asked for. */
const spareSeconds = 5;

/** Among the buckets of a second, the least factor that was told in it. */
export const factorField = 'factor';

/** An override in another form is older than any. */
const overrideLua = `
local function held_override(key)
  local held = redis.pcall('HMGET', key, 'version', 'body')
  if held.err or not tonumber(held[1] or '') then return { '0', '' } end
  return { held[1], held[2] or '' }
end
local function hold_override(key, version, body)
  redis.call('DEL', key)
  redis.call('HSET', key, 'version', version, 'body', body)
end
`;

/**
 * KEYS: lead, epoch, steering, override, counts (a prefix). ARGV: clock, instance, how long the lead is taken in ms, seconds
 * of the window, the factor that is in force, then bucket and count of each count. Replies the leader, the epoch, the
 * steering (epoch, sequence, body), the override (version, body), and for the leader alone the counts of each second.
 */
export const beatScript: RedisScript = {
  name: 'guard-beat',
  source: `${timeLua}${overrideLua}
local function whole(number) return string.format('%.0f', number) end
local instance, lead_ms, seconds = ARGV[2], ARGV[3], tonumber(ARGV[4])
local second = math.floor(fleet_ms(ARGV[1]) / 1000)
local counts = KEYS[5] .. ':' .. whole(second)
local least = tonumber(redis.call('HGET', counts, '${factorField}') or '')
if not least or tonumber(ARGV[5]) < least then redis.call('HSET', counts, '${factorField}', ARGV[5]) end
for i = 6, #ARGV, 2 do redis.call('HINCRBY', counts, ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', counts, seconds + ${spareSeconds})
local leader, epoch = redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])
if not leader or not epoch then
  leader = instance
  epoch = redis.call('INCR', KEYS[2])
end
if leader == instance then
  redis.call('SET', KEYS[1], instance, 'PX', lead_ms)
  redis.call('PEXPIRE', KEYS[2], ${guardBounds.epochLifeMs})
end
local steering = redis.call('HMGET', KEYS[3], 'epoch', 'sequence', 'body')
local override = held_override(KEYS[4])
local reply = { leader, epoch, steering[1] or '', steering[2] or '', steering[3] or '', override[1], override[2] }
if leader == instance then
  for at_second = second - seconds + 1, second do
    reply[#reply + 1] = redis.call('HGETALL', KEYS[5] .. ':' .. whole(at_second))
  end
end
return reply
`,
};

/** KEYS: lead, epoch, steering. ARGV: instance, epoch, sequence, body. 0 where the instance does not lead in that epoch. */
export const steerScript: RedisScript = {
  name: 'guard-steer',
  source: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[3], 'epoch', ARGV[2], 'sequence', ARGV[3], 'body', ARGV[4])
redis.call('PEXPIRE', KEYS[3], ${guardBounds.steeringLifeMs})
return 1
`,
};

/** KEYS: lead. ARGV: instance. */
export const resignScript: RedisScript = {
  name: 'guard-resign',
  source: `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
};

/** KEYS: override. ARGV: the version that the caller knows, body. Replies the new version. */
export const setOverrideScript: RedisScript = {
  name: 'guard-override',
  source: `${overrideLua}
local newest = math.max(tonumber(held_override(KEYS[1])[1]), tonumber(ARGV[1]))
local version = string.format('%.0f', newest + 1)
hold_override(KEYS[1], version, ARGV[2])
return version
`,
};

/** KEYS: override. ARGV: version, body. */
export const restoreOverrideScript: RedisScript = {
  name: 'guard-restore',
  source: `${overrideLua}
if tonumber(held_override(KEYS[1])[1]) >= tonumber(ARGV[1]) then return 0 end
hold_override(KEYS[1], ARGV[1], ARGV[2])
return 1
`,
};
