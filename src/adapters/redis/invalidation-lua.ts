/**
 * The stream of invalidations and, beside it, a hash with how many there ever were (`sequence`) and of which beginning
 * (`epoch`): whoever finds less there than it has read knows that Redis has lost some.
 */
import type { RedisScript } from './redis-port.ts';

/** What a reader that comes back resumes from. Redis trims whole blocks, and so keeps some more. */
const mostEntries = 10_000;
/** Of both, counted from the last use: an instance asks for the end now and then. */
const lifeSeconds = 86_400;

const beginLua = `
local stream, state = KEYS[1], KEYS[2]
local epoch = redis.call('HGET', state, 'epoch')
if not epoch then
  epoch = ARGV[1]
  redis.call('DEL', state)
  redis.call('HSET', state, 'epoch', epoch, 'sequence', '0')
end
`;

const expireLua = `
redis.call('EXPIRE', stream, ${lifeSeconds})
redis.call('EXPIRE', state, ${lifeSeconds})
`;

/**
 * KEYS: stream, state. ARGV: the epoch where none has begun, then names and values of the entry. Of whatever version it
 * is, `s` and `e` say where in the stream an entry stands.
 */
export const publishInvalidation: RedisScript = {
  name: 'invalidate',
  source: `${beginLua}
local sequence = string.format('%.0f', redis.call('HINCRBY', state, 'sequence', 1))
redis.call('XADD', stream, 'MAXLEN', '~', ${mostEntries}, '*', 's', sequence, 'e', epoch, unpack(ARGV, 2))
${expireLua}
return 1
`,
};

/** KEYS and the first of ARGV as above. Replies `{id of the last entry, sequence, epoch}`. */
export const endOfInvalidations: RedisScript = {
  name: 'invalidations-end',
  source: `${beginLua}
local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)
${expireLua}
return { last[1] and last[1][1] or '0-0', redis.call('HGET', state, 'sequence') or '0', epoch }
`,
};
