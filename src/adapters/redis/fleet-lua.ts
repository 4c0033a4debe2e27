/** What the scripts of the fleet do; `redis-fleet-store.ts` has their keys and arguments. */
import type { RedisScript } from './redis-port.ts';

/** A little longer than the board can be asked for. */
const boardSeconds = 310;

/**
 * Milliseconds since 1970; `given` is `RedisCommands.clockArgument()`: sixteenths of a microsecond since 2026-01-01, or
 * empty where the clock of Redis counts.
 */
export const timeLua = `
local function fleet_ms(given)
  if given ~= '' then return math.floor(tonumber(given) / 16000) + 1767225600000 end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function fleet_second(ms) return string.format('%.0f', math.floor(ms / 1000)) end
`;

/** In place of a version, where the key of the settings holds something else. */
const unreadable = 'unreadable';

/**
 * Key: any. Argument: clock. Whether Redis takes what others of our scripts give it: one without room, or a replica,
 * still answers what only reads.
 */
export const probeScript: RedisScript = {
  name: 'probe',
  source: `
if ARGV[1] == '' then redis.call('TIME') end
redis.call('SET', KEYS[1], '1', 'PX', 1000)
return 1
`,
};

/**
 * KEYS: members, board (a prefix), settings, state of the invalidations. ARGV: clock, instance, how long an instance is
 * alive in ms, then field and units of each count. Members that seem to come from the future are of a clock that was set
 * back, and count no more either. Who lives is told also where the keys of others hold what is none of ours.
 */
export const pulseScript: RedisScript = {
  name: 'pulse',
  source: `${timeLua}
local now = fleet_ms(ARGV[1])
local alive = tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', now - alive))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now + alive), '+inf')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if #ARGV > 3 then
  local board = KEYS[2] .. ':' .. fleet_second(now)
  for i = 4, #ARGV, 2 do redis.call('HINCRBY', board, ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', board, ${boardSeconds})
end
local settings = redis.pcall('HMGET', KEYS[3], 'version', 'id')
if settings.err then settings = { '${unreadable}', false } end
local state = redis.pcall('HMGET', KEYS[4], 'sequence', 'epoch')
if state.err then state = { false, false } end
return { redis.call('ZCARD', KEYS[1]), settings[1], settings[2], state[1], state[2] }
`,
};

/** KEYS: settings, audit. ARGV: version and id before, version and id after, body, lines to keep, then lines of the audit. */
export const changeSettingsScript: RedisScript = {
  name: 'change',
  source: `
local held = redis.call('HMGET', KEYS[1], 'version', 'id')
if (held[1] or '0') ~= ARGV[1] or (held[2] or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'id', ARGV[4], 'body', ARGV[5])
for i = 7, #ARGV do redis.call('LPUSH', KEYS[2], ARGV[i]) end
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[6]) - 1)
return 1
`,
};

/** KEYS: settings. ARGV: version, id, body. */
export const restoreSettingsScript: RedisScript = {
  name: 'restore',
  source: `
local held = tonumber(redis.call('HGET', KEYS[1], 'version') or '0') or 0
if held >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'id', ARGV[2], 'body', ARGV[3])
return 1
`,
};

/**
 * KEYS: board (a prefix). ARGV: clock, the second after the last one wanted (empty: the present one), how many. The reply
 * is that second, then each second that has counts with its fields and units, oldest first.
 */
export const usageScript: RedisScript = {
  name: 'usage',
  source: `${timeLua}
local last = tonumber(ARGV[2]) or tonumber(fleet_second(fleet_ms(ARGV[1])))
local seconds = { last }
for second = last - tonumber(ARGV[3]), last - 1 do
  local counts = redis.call('HGETALL', KEYS[1] .. ':' .. string.format('%.0f', second))
  if #counts > 0 then seconds[#seconds + 1] = { second, counts } end
end
return seconds
`,
};
