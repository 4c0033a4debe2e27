/**
 * What the scripts of the guard do; `redis-guard-store.ts` has their keys and arguments. The lead is a hash of the name of
 * the instance and of the time until which it leads; the epoch is a key of its own, which outlives it.
 */
import { guardBounds } from '../../core/guard/guard-bounds.ts';
import { timeLua } from './fleet-lua.ts';
import type { RedisScript } from './redis-port.ts';

/** Counts are kept a little longer than they are asked for. */
const spareSeconds = 5;

const guardLua = `${timeLua}
local function whole(number) return string.format('%.0f', number) end
`;

/**
 * KEYS: lead, epoch, steering, override, counts (a prefix). ARGV: clock, instance, how long the lead is taken in ms, seconds
 * of the window, then bucket and count of each count. Replies the leader, the epoch, the steering (epoch, sequence, body),
 * the override, and for the leader alone the counts of each second. A lead that seems to end too late is of a clock that
 * was set back; the clocks of callers may differ, but not by as long as a lead lasts.
 */
export const beatScript: RedisScript = {
  name: 'guard-beat',
  source: `${guardLua}
local now, instance = fleet_ms(ARGV[1]), ARGV[2]
local lead_ms, seconds = tonumber(ARGV[3]), tonumber(ARGV[4])
local second = math.floor(now / 1000)
if #ARGV > 4 then
  local counts = KEYS[5] .. ':' .. whole(second)
  for i = 5, #ARGV, 2 do redis.call('HINCRBY', counts, ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', counts, seconds + ${spareSeconds})
end
local lead = redis.call('HMGET', KEYS[1], 'instance', 'until')
local ends = tonumber(lead[2] or '')
local leader, epoch = lead[1], redis.call('GET', KEYS[2])
if not leader or not epoch or not ends or ends <= now or ends > now + 2 * lead_ms then
  leader = instance
  epoch = redis.call('INCR', KEYS[2])
end
if leader == instance then
  redis.call('HSET', KEYS[1], 'instance', instance, 'until', whole(now + lead_ms))
  redis.call('PEXPIRE', KEYS[1], 2 * lead_ms)
  redis.call('PEXPIRE', KEYS[2], ${guardBounds.epochLifeMs})
end
local steering = redis.call('HMGET', KEYS[3], 'epoch', 'sequence', 'body', 'at')
local at = tonumber(steering[4] or '')
if not at or math.abs(now - at) >= ${guardBounds.steeringLifeMs} then steering = { '', '', '' } end
local reply = { leader, epoch, steering[1], steering[2], steering[3], redis.call('GET', KEYS[4]) or '' }
if leader == instance then
  for at_second = second - seconds + 1, second do
    reply[#reply + 1] = redis.call('HGETALL', KEYS[5] .. ':' .. whole(at_second))
  end
end
return reply
`,
};

/** KEYS: lead, epoch, steering. ARGV: clock, instance, epoch, sequence, body. 0 where the instance does not lead in that epoch. */
export const steerScript: RedisScript = {
  name: 'guard-steer',
  source: `${guardLua}
local now = fleet_ms(ARGV[1])
local lead = redis.call('HMGET', KEYS[1], 'instance', 'until')
if lead[1] ~= ARGV[2] or (tonumber(lead[2] or '') or 0) <= now then return 0 end
if redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[3], 'epoch', ARGV[3], 'sequence', ARGV[4], 'body', ARGV[5], 'at', whole(now))
redis.call('PEXPIRE', KEYS[3], ${guardBounds.steeringLifeMs})
return 1
`,
};

/** KEYS: lead. ARGV: instance. */
export const resignScript: RedisScript = {
  name: 'guard-resign',
  source: `
if redis.call('HGET', KEYS[1], 'instance') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
};
