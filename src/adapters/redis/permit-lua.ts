/**
 * Permits in Redis: a hash for each that was granted, known for `permitBounds.rememberedMs` by its application and id, and
 * a number for each application of how many it took in a window as long, which bounds the memory they take.
 */
import { permitBounds } from '../../core/throttle/permit-bounds.ts';
import type { RedisScript } from './redis-port.ts';
import { throttleLua } from './throttle-lua.ts';

const { rememberedMs, mostRemembered } = permitBounds;

/**
 * Keys: the permit, the window of the application, the limits'. Arguments: clock, units, life in ticks, operation, the
 * limits as text, then three for each limit. Replies `{kind, ticks that it can be used or ms to wait for the window,
 * verdict}`: kind 1 where the permit is known, 2 where the window is full, 3 where it was taken for another operation.
 */
export const takePermit: RedisScript = {
  name: 'permit-take',
  source: `${throttleLua}
local permit, window = KEYS[1], KEYS[2]
local now = weir_now(ARGV[1])
local limits = weir_limits(3, #KEYS - 2, 6)
local known = redis.call('HMGET', permit, 'units', 'ends', 'returned', 'operation')
if known[1] then
  if known[4] ~= ARGV[4] then return { 3 } end
  local verdict = weir_judge(now, limits, 0, 0)
  verdict[2] = tonumber(known[1])
  local left = known[3] and 0 or math.max(0, tonumber(known[2]) - now)
  return { 1, left, unpack(verdict) }
end
if tonumber(redis.call('GET', window) or '0') >= ${mostRemembered} then
  return { 2, math.max(1, redis.call('PTTL', window)) }
end
local verdict = weir_charge(now, limits, tonumber(ARGV[2]), 1)
local life = tonumber(ARGV[3])
if verdict[1] == weir_granted then
  redis.call('HSET', permit, 'units', string.format('%.0f', verdict[2]), 'ends', string.format('%.0f', now + life),
    'operation', ARGV[4], 'limits', ARGV[5])
  redis.call('PEXPIRE', permit, ${rememberedMs})
  if redis.call('INCR', window) == 1 then redis.call('PEXPIRE', window, ${rememberedMs}) end
end
return { 0, life, unpack(verdict) }
`,
};

/**
 * Keys: the permit, the limits' as they are kept with it. Arguments: clock, units, then three for each limit. Replies with
 * the units that were given back and the operation, or nothing where there is no such permit.
 */
export const returnPermit: RedisScript = {
  name: 'permit-return',
  source: `${throttleLua}
local permit = KEYS[1]
local now = weir_now(ARGV[1])
local known = redis.call('HMGET', permit, 'units', 'ends', 'returned', 'operation')
if not known[1] or known[3] or tonumber(known[2]) <= now then return false end
local units = math.min(tonumber(known[1]), tonumber(ARGV[2]))
redis.call('HSET', permit, 'returned', '1')
weir_adjust(now, weir_limits(2, #KEYS - 1, 3), -units)
return { units, known[4] }
`,
};
