/**
 * What the scripts that charge limits share: the arithmetic of `core/throttle/gcra.ts` in Lua. A script is `throttleLua`
 * and its own lines after it:
 *
 *     keys: [...chargeKeys(redis, limits), ...]      args: [redis.clockArgument(), units, atLeast, ...chargeArguments(limits)]
 *
 *     local now = weir_now(ARGV[1])
 *     local limits = weir_limits(1, #KEYS, 4)
 *     return weir_charge(now, limits, tonumber(ARGV[2]), tonumber(ARGV[3]))
 *
 * - `weir_now(given)`: the time in ticks; `given` is `RedisCommands.clockArgument()`, and empty the clock of Redis counts.
 * - `weir_limits(first_key, count, first_arg)`: what `chargeKeys` and `chargeArguments` wrote, `count` limits from
 *   KEYS[first_key] and ARGV[first_arg] on: a list of `{key, rate, burst, enforced}`.
 * - `weir_charge(now, limits, units, at_least)`: decides and, where it grants, charges all limits. No key is written before
 *   all are read. The reply is a flat list of integers for `readVerdict`. Scripts that decide on more than limits may look
 *   at `verdict[1]` (`weir_granted`, `weir_refused` or `weir_oversize`) and `verdict[2]` (units granted; of a refusal the
 *   ticks until it is worth asking again).
 * - `weir_judge(now, limits, units, at_least)` gives the same verdict, its states as after the charge, and charges nothing (what
 *   a clock that was set back or a slower rate makes of a stored time is written down, also where it refuses);
 *   `weir_take(now, limits, verdict)` charges what it granted. For scripts where something else can still refuse.
 * - `weir_charge_each(now, limits, first_arg)`: several charges of the same limits, each decided after the one before it as if
 *   it had come alone: units and at least of each from ARGV[first_arg] to the last. The reply, for `readVerdicts`, is all
 *   decisions and then the states of the limits after the last one.
 * - `weir_adjust(now, limits, units)`: a debt (above 0) or what is given back (below 0).
 *
 * A key holds what `StoredBucket` has: `<full at> <rate> <at>`, or a bare `<full at>`, taken as of the reader's rate and now.
 * Time is in ticks of 1/16 µs, whole numbers that a double holds exactly. They are written with `%.0f`: `tostring` keeps
 * 14 digits, and a limit that forgets the last ones admits everything.
 */
import { clockMarginMs, ticksPerMs } from '../../core/throttle/gcra.ts';
import type { ChargedLimit } from '../../core/throttle/limit-store.ts';
import type { RedisCommands } from './redis-port.ts';

/** Of 2026-01-01T00:00:00Z, in seconds since 1970. */
const epochSeconds = 1_767_225_600;
/** An expiry that Redis can always add to its time. */
const mostExpiryMs = 1e12;

export const throttleLua = `
local weir_granted, weir_refused, weir_oversize = 0, 1, 2
local ceil, floor, min, max, format = math.ceil, math.floor, math.min, math.max, string.format

-- How far what is stored may be ahead of the clock: the callers' clocks differ, that of Redis is one.
local weir_margin = 0

local function weir_now(given)
  if given ~= '' then
    weir_margin = ${clockMarginMs * ticksPerMs}
    return tonumber(given)
  end
  local time = redis.call('TIME')
  return (tonumber(time[1]) - ${epochSeconds}) * 16000000 + tonumber(time[2]) * 16
end

local function weir_limits(first_key, count, first_arg)
  local limits = {}
  for i = 1, count do
    local at = first_arg + (i - 1) * 3
    local rate, burst = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    limits[i] = {
      key = KEYS[first_key + i - 1],
      rate = rate,
      rate_text = ARGV[at],
      burst = burst,
      enforced = ARGV[at + 2] == '1',
      allowance = ceil(burst * 16000000 / rate),
    }
  end
  return limits
end

local function weir_cost(limit, units)
  return ceil(units * 16000000 / limit.rate)
end

-- As readFullAt, of the time, rate and newest time that are stored.
local function weir_full_at(limit, full_at, rate, at)
  if rate == limit.rate then return full_at end
  local own, most = ceil((full_at - at) * rate / limit.rate), 2 * limit.allowance
  if rate < limit.rate or own <= most then return at + own end
  return full_at - floor(most * limit.rate / rate) + most
end

local function weir_number(text)
  local number = tonumber(text or '')
  if number and number == number and number < math.huge and number > -math.huge then return number end
end

local function weir_read(now, limits)
  if #limits == 0 then return end
  local keys = {}
  for i, limit in ipairs(limits) do keys[i] = limit.key end
  local values = redis.call('MGET', unpack(keys))
  for i, limit in ipairs(limits) do
    limit.at, limit.full_at, limit.stored, limit.stale = now, now, nil, false
    local full_at, rate_text, at, rate
    if values[i] then
      full_at, rate_text, at = string.match(values[i], '^(%S+) (%S+) (%S+)$')
      local bare = weir_number(values[i])
      if bare then full_at, rate_text, at = min(bare, now + 2 * limit.allowance), limit.rate_text, now end
      full_at, rate, at = weir_number(full_at), weir_number(rate_text), weir_number(at)
    end
    -- What is none of ours counts as absent, and is replaced by the next write.
    if full_at and at and rate and rate > 0 then
      if at - now > weir_margin then
        full_at, at, limit.stale = full_at - (at - now), now, true
      end
      limit.stored, limit.rate_stored, limit.at_stored, limit.rate_stored_text = full_at, rate, at, rate_text
      limit.at = max(now, at)
      limit.full_at = max(weir_full_at(limit, full_at, rate, at), limit.at)
      if rate > limit.rate and limit.full_at > limit.at and limit.full_at <= limit.at + 2 * limit.allowance then
        limit.stored, limit.rate_stored, limit.at_stored, limit.rate_stored_text =
          limit.full_at, limit.rate, limit.at, limit.rate_text
        limit.stale = true
      end
    end
  end
end

local function weir_put(now, limit, full_at, rate_text, at)
  local expiry = min(max(ceil((full_at - now) / 16000), 0) + ${clockMarginMs}, ${mostExpiryMs})
  redis.call('SET', limit.key, format('%.0f %s %.0f', full_at, rate_text, at), 'PX', format('%.0f', expiry))
end

local function weir_write(now, limit)
  weir_put(now, limit, limit.full_at, limit.rate_text, limit.at)
end

local function weir_open(now, limits)
  weir_read(now, limits)
  for _, limit in ipairs(limits) do
    if limit.stale then weir_put(now, limit, limit.stored, limit.rate_stored_text, limit.at_stored) end
  end
end

local function weir_available(now, limit, full_at)
  local room = now + limit.allowance - full_at
  if room < 0 then return 0 end
  local units = min(floor(room * limit.rate / 16000000), limit.burst)
  if units < limit.burst and weir_cost(limit, units + 1) <= room then return units + 1 end
  if units > 0 and weir_cost(limit, units) > room then return units - 1 end
  return units
end

local function weir_refusal(now, limits, at_least)
  local kind, wait, blamed = weir_refused, 0, 0
  for i, limit in ipairs(limits) do
    if limit.enforced and limit.burst < at_least then
      if kind == weir_refused then kind, wait, blamed = weir_oversize, 0, 0 end
      blamed = blamed + 2 ^ (i - 1)
    elseif limit.enforced and limit.available < at_least and kind == weir_refused then
      wait = max(wait, limit.full_at + weir_cost(limit, at_least) - limit.allowance - now)
      blamed = blamed + 2 ^ (i - 1)
    end
  end
  return kind, wait, blamed
end

local function weir_add_states(reply, now, limits)
  for _, limit in ipairs(limits) do
    local at, remaining = #reply, weir_available(limit.at, limit, limit.full_at)
    reply[at + 1] = remaining
    reply[at + 2] = max(limit.full_at - now, 0)
    reply[at + 3] = 5 * remaining <= limit.burst and 1 or 0
  end
end

local function weir_grant_whole(limits, units)
  for i = 1, #limits do
    local limit = limits[i]
    local cost = ceil(units * 16000000 / limit.rate)
    if units > limit.burst or limit.full_at + cost > limit.at + limit.allowance then return false end
    limit.cost = cost
  end
  for i = 1, #limits do
    local limit = limits[i]
    limit.charged, limit.shadow_refused = units > 0, 0
    limit.full_at = limit.full_at + limit.cost
  end
  return true
end

local function weir_decide(now, limits, units, at_least)
  if weir_grant_whole(limits, units) then return weir_granted, units, 0 end
  local granted = units
  for _, limit in ipairs(limits) do
    limit.charged, limit.shadow_refused = false, 0
    limit.available = weir_available(limit.at, limit, limit.full_at)
    if limit.enforced then granted = min(granted, limit.available) end
  end
  if granted < at_least then return weir_refusal(now, limits, at_least) end
  for _, limit in ipairs(limits) do
    local given = granted
    if not limit.enforced then
      given = limit.available < at_least and 0 or min(granted, limit.available)
      limit.shadow_refused = granted - given
    end
    limit.charged = given > 0
    if given > 0 then limit.full_at = limit.full_at + weir_cost(limit, given) end
  end
  return weir_granted, granted, 0
end

local function weir_add_decision(reply, limits, kind, value, blamed)
  local at = #reply
  reply[at + 1], reply[at + 2], reply[at + 3] = kind, value, blamed
  for i = 1, #limits do reply[at + 3 + i] = limits[i].shadow_refused end
end

local function weir_judge(now, limits, units, at_least)
  local verdict = {}
  weir_open(now, limits)
  weir_add_decision(verdict, limits, weir_decide(now, limits, units, at_least))
  weir_add_states(verdict, now, limits)
  return verdict
end

local function weir_take(now, limits, verdict)
  if verdict[1] ~= weir_granted then return end
  for _, limit in ipairs(limits) do
    if limit.charged then weir_write(now, limit) end
  end
end

local function weir_charge(now, limits, units, at_least)
  local verdict = weir_judge(now, limits, units, at_least)
  weir_take(now, limits, verdict)
  return verdict
end

local function weir_charge_each(now, limits, first_arg)
  local reply, charged = {}, {}
  weir_open(now, limits)
  for at = first_arg, #ARGV, 2 do
    weir_add_decision(reply, limits, weir_decide(now, limits, tonumber(ARGV[at]), tonumber(ARGV[at + 1])))
    for i = 1, #limits do charged[i] = charged[i] or limits[i].charged end
  end
  for i, limit in ipairs(limits) do
    if charged[i] then weir_write(now, limit) end
  end
  weir_add_states(reply, now, limits)
  return reply
end

local function weir_adjust(now, limits, units)
  weir_open(now, limits)
  for _, limit in ipairs(limits) do
    if units > 0 then
      local owed = min(limit.full_at + weir_cost(limit, units), limit.at + 2 * limit.allowance)
      if owed > limit.full_at then
        limit.full_at = owed
        weir_write(now, limit)
      end
    elseif units < 0 and limit.stored then
      local rest = limit.stored - floor(-units * 16000000 / limit.rate_stored)
      if weir_full_at(limit, rest, limit.rate_stored, limit.at_stored) > limit.at then
        weir_put(now, limit, rest, limit.rate_stored_text, limit.at_stored)
      else
        redis.call('DEL', limit.key)
      end
    end
  end
end
`;

/** The keys of the limits, in their order. */
export function chargeKeys(redis: Pick<RedisCommands, 'key'>, limits: readonly ChargedLimit[]): string[] {
  return limits.map(({ id }) => redis.key('limit', id));
}

/** Three arguments a limit, in their order. */
export function chargeArguments(limits: readonly ChargedLimit[]): number[] {
  return limits.flatMap(({ rate, burst, enforced }) => [rate, burst, enforced ? 1 : 0]);
}
