/**
 * Sessions in Redis: one sorted set for each application, class and fleet, whose members are the ids of sessions and
 * whose scores are the ticks at which they end by themselves. The set of an application is `sessions:<its connect limit>`,
 * so that its own cap counts the very set by which a session is found. Ended ones count no more from the tick on; they
 * are removed a hundred at a time, so that no call takes long. Every set expires with its last session.
 */
import { clockMarginMs, ticksPerMs } from '../../core/throttle/gcra.ts';
import type { RedisScript } from './redis-port.ts';
import { throttleLua } from './throttle-lua.ts';

const sessionLua = `${throttleLua}
local function whole(number)
  return string.format('%.0f', number)
end

local function count_held(now, key)
  local ended = redis.call('ZRANGEBYSCORE', key, '-inf', whole(now), 'LIMIT', 0, 100)
  if #ended > 0 then redis.call('ZREM', key, unpack(ended)) end
  return redis.call('ZCOUNT', key, '(' .. whole(now), '+inf')
end

local function end_of_next(now, key, sessions)
  local ended = redis.call('ZCARD', key) - redis.call('ZCOUNT', key, '(' .. whole(now), '+inf')
  local place = ended + sessions - 1
  return tonumber(redis.call('ZRANGE', key, place, place, 'WITHSCORES')[2])
end

local function is_held(now, key, id)
  local ends = tonumber(redis.call('ZSCORE', key, id) or '')
  return ends ~= nil and ends > now
end

local function hold(now, first_key, id, ttl_ms)
  for i = first_key, #KEYS do
    redis.call('ZADD', KEYS[i], whole(now + ttl_ms * ${ticksPerMs}), id)
    local last = tonumber(redis.call('ZRANGE', KEYS[i], -1, -1, 'WITHSCORES')[2])
    redis.call('PEXPIRE', KEYS[i], whole(math.ceil((last - now) / ${ticksPerMs}) + ${clockMarginMs}))
  end
end
`;

/**
 * Keys: the limits', the set of the application, the sets of the caps. Arguments: clock, id, time to live in ms, how many
 * limits, three for each of them, two for each cap (sessions, enforced). Replies `{1, ticks, a bit for each cap to blame}`, or
 * `{0, 1 where a cap would have refused in its shadow, the verdict on the rate}`.
 */
export const openSession: RedisScript = {
  name: 'session-open',
  source: `${sessionLua}
local now, id, ttl_ms = weir_now(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local limit_count = tonumber(ARGV[4])
local limits = weir_limits(1, limit_count, 5)
local first_cap, argument = limit_count + 2, 5 + 3 * limit_count
local wait, blamed, shadow = 0, 0, 0
for i = first_cap, #KEYS do
  local sessions, enforced = tonumber(ARGV[argument]), ARGV[argument + 1] == '1'
  argument = argument + 2
  local held = count_held(now, KEYS[i])
  if held >= sessions then
    if enforced then
      blamed = blamed + 2 ^ (i - first_cap)
      wait = math.max(wait, end_of_next(now, KEYS[i], held - sessions + 1) - now)
    else
      shadow = 1
    end
  end
end
if blamed > 0 then return { 1, wait, blamed } end
local verdict = weir_charge(now, limits, 1, 1)
if verdict[1] == weir_granted then hold(now, limit_count + 1, id, ttl_ms) end
return { 0, shadow, unpack(verdict) }
`,
};

/** Keys: the set of the application, the sets of the caps. Arguments: clock, id, time to live in ms. Replies 1, or 0 where it was not held. */
export const renewSession: RedisScript = {
  name: 'session-renew',
  source: `${sessionLua}
local now = weir_now(ARGV[1])
if not is_held(now, KEYS[1], ARGV[2]) then return 0 end
hold(now, 1, ARGV[2], tonumber(ARGV[3]))
return 1
`,
};

/** Keys as for `renewSession`. Arguments: clock, id. Replies 1, or 0 where it was not held. */
export const closeSession: RedisScript = {
  name: 'session-close',
  source: `${sessionLua}
local held = is_held(weir_now(ARGV[1]), KEYS[1], ARGV[2])
for i = 1, #KEYS do redis.call('ZREM', KEYS[i], ARGV[2]) end
return held and 1 or 0
`,
};

/** Key: the set of the application. Arguments: clock, id. Replies 1 or 0. */
export const checkSession: RedisScript = {
  name: 'session-check',
  source: `${sessionLua}
return is_held(weir_now(ARGV[1]), KEYS[1], ARGV[2]) and 1 or 0
`,
};

/** Keys: the sets of applications. Argument: clock. Replies with a count for each. */
export const countSessions: RedisScript = {
  name: 'session-count',
  source: `${sessionLua}
local now, counts = weir_now(ARGV[1]), {}
for i = 1, #KEYS do counts[i] = count_held(now, KEYS[i]) end
return counts
`,
};
