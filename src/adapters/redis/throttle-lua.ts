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
 * - `weir_judge(now, limits, units, at_least)` gives the same verdict, its states as after the charge, and charges nothing (a
 *   stored time beyond its bound is written down as it was read, also where it refuses);
 *   `weir_take(now, limits, verdict)` charges what it granted. For scripts where something else can still refuse.
 * - `weir_charge_each(now, limits, first_arg)`: several charges of the same limits, each decided after the one before it as if
 *   it had come alone: units and at least of each from ARGV[first_arg] to the last. The reply, for `readVerdicts`, is all
 *   decisions and then the states of the limits after the last one.
 * - `weir_adjust(now, limits, units)`: a debt (above 0) or what is given back (below 0).
 *
 * Time is in ticks of 1/16 µs, whole numbers that a double holds exactly. They are written with `%.0f`: `tostring` keeps
 * 14 digits, and a limit that forgets the last ones admits everything.
 */
import { clockMarginMs, msOfTicks } from '../../core/throttle/gcra.ts';
import type { ChargedLimit, ChargeVerdict, LimitState } from '../../core/throttle/limit-store.ts';
import type { RedisCommands } from './redis-port.ts';

/** Of 2026-01-01T00:00:00Z, in seconds since 1970. */
const epochSeconds = 1_767_225_600;
/** An expiry that Redis can always add to its time. */
const mostExpiryMs = 1e12;

const kinds = ['granted', 'refused', 'oversize'] as const;
/** Integers of a decision before those of its limits: the kind, its value, a bit for each limit to blame. */
const headLength = 3;
/** Integers of a state: remaining, ticks until full, near. */
const stateLength = 3;

export const throttleLua = `
local weir_granted, weir_refused, weir_oversize = 0, 1, 2
local ceil, floor, min, max, format = math.ceil, math.floor, math.min, math.max, string.format

local function weir_now(given)
  if given ~= '' then return tonumber(given) end
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

local function weir_read(now, limits)
  if #limits == 0 then return end
  local keys = {}
  for i, limit in ipairs(limits) do keys[i] = limit.key end
  local values = redis.call('MGET', unpack(keys))
  for i, limit in ipairs(limits) do
    local stored = tonumber(values[i] or '') or now
    local latest = now + 2 * limit.allowance
    limit.full_at = min(max(stored, now), latest)
    limit.stale = stored > latest
  end
end

local function weir_write(now, limit, full_at)
  if full_at <= now then
    redis.call('DEL', limit.key)
    return
  end
  local expiry = min(ceil((full_at - now) / 16000) + ${clockMarginMs}, ${mostExpiryMs})
  redis.call('SET', limit.key, format('%.0f', full_at), 'PX', format('%.0f', expiry))
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
    local at, remaining = #reply, weir_available(now, limit, limit.full_at)
    reply[at + 1] = remaining
    reply[at + 2] = limit.full_at - now
    reply[at + 3] = 5 * remaining <= limit.burst and 1 or 0
  end
end

local function weir_open(now, limits)
  weir_read(now, limits)
  for _, limit in ipairs(limits) do
    if limit.stale then weir_write(now, limit, limit.full_at) end
  end
end

local function weir_decide(now, limits, units, at_least)
  local granted = units
  for _, limit in ipairs(limits) do
    limit.charged, limit.shadow_refused = false, 0
    limit.available = weir_available(now, limit, limit.full_at)
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
  for i, limit in ipairs(limits) do reply[at + 3 + i] = limit.shadow_refused end
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
    if limit.charged then weir_write(now, limit, limit.full_at) end
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
    for i, limit in ipairs(limits) do charged[i] = charged[i] or limit.charged end
  end
  for i, limit in ipairs(limits) do
    if charged[i] then weir_write(now, limit, limit.full_at) end
  end
  weir_add_states(reply, now, limits)
  return reply
end

local function weir_adjust(now, limits, units)
  weir_read(now, limits)
  for _, limit in ipairs(limits) do
    if units > 0 then
      weir_write(now, limit, min(limit.full_at + weir_cost(limit, units), now + 2 * limit.allowance))
    elseif units < 0 then
      weir_write(now, limit, limit.full_at - floor(-units * 16000000 / limit.rate))
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

/** The verdict from the reply of `weir_charge` or `weir_judge` over so many limits. Throws on anything else. */
export function readVerdict(reply: unknown, limits: number): ChargeVerdict {
  return readVerdicts(reply, limits, 1)[0] as ChargeVerdict;
}

/** The verdicts from the reply of `weir_charge_each`; the states of all are those after the last of them. */
export function readVerdicts(reply: unknown, limits: number, charges: number): readonly ChargeVerdict[] {
  const length = charges * (headLength + limits) + limits * stateLength;
  if (!isIntegers(reply) || reply.length !== length) throw new Error('the reply is no list of verdicts');
  const statesAt = charges * (headLength + limits);
  return Array.from({ length: charges }, (_, charge) =>
    readDecision(reply, charge * (headLength + limits), statesAt, limits),
  );
}

function readDecision(reply: readonly number[], at: number, statesAt: number, limits: number): ChargeVerdict {
  const value = reply[at + 1] ?? 0;
  const blamed = reply[at + 2] ?? 0;
  switch (kinds[reply[at] ?? -1]) {
    case 'granted':
      return { kind: 'granted', units: value, states: readStates(reply, at, statesAt, limits) };
    case 'refused':
      return {
        kind: 'refused',
        retryAfterMs: msOfTicks(value),
        violated: readBlamed(blamed),
        states: readStates(reply, at, statesAt, limits),
      };
    case 'oversize':
      return { kind: 'oversize', violated: readBlamed(blamed) };
    default:
      throw new Error('the reply has an unknown kind of verdict');
  }
}

function readBlamed(bits: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((at) => (bits >> at) & 1);
}

function readStates(
  reply: readonly number[],
  decisionAt: number,
  statesAt: number,
  limits: number,
): LimitState[] {
  const states: LimitState[] = [];
  for (let limit = 0; limit < limits; limit += 1) {
    const at = statesAt + limit * stateLength;
    states.push({
      remaining: reply[at] ?? 0,
      fullInMs: msOfTicks(reply[at + 1] ?? 0),
      near: reply[at + 2] === 1,
      shadowRefused: reply[decisionAt + headLength + limit] ?? 0,
    });
  }
  return states;
}

function isIntegers(reply: unknown): reply is readonly number[] {
  return Array.isArray(reply) && reply.every(Number.isSafeInteger);
}
