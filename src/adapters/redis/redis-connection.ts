import { createHash } from 'node:crypto';
import { callerTicks } from './caller-clock.ts';
import { FailoverWatch } from './failover-watch.ts';
import { RedisLine, type Word } from './redis-line.ts';
import type { RedisOptions } from './redis-options.ts';
import type { RedisCommands, RedisConnection, RedisScript } from './redis-port.ts';
import { isUnknownScript, storeError } from './store-errors.ts';

/** What happens to connections; must not throw. */
export interface RedisHooks {
  /**
   * A connection was lost or could not be made, with why in a word or two: `ECONNREFUSED`, `WRONGPASS`, `silent`. Told
   * again only for another reason, or after Redis was there.
   */
  readonly onTrouble?: ((what: string) => void) | undefined;
}

const digests = new WeakMap<RedisScript, string>();

/**
 * Connects at once and for ever again; never throws, also where no Redis is there. A Redis that is silent for 2 s while an
 * answer is due is left, one that waits (`forWaiting`) after 10 s: its commands must ask to wait for less.
 */
export function connectRedis(options: RedisOptions, hooks: RedisHooks = {}): RedisConnection {
  const { servers, fleet } = options;
  const listeners: (() => void)[] = [];
  const lines: RedisLine[] = [];
  let lastTrouble: string | undefined;
  const key = (...parts: readonly string[]): string => [`{${fleet}}`, ...parts].join(':');
  const trouble = (what: string): void => {
    if (what !== lastTrouble) hooks.onTrouble?.(what);
    lastTrouble = what;
  };
  const ready = (): void => {
    lastTrouble = undefined;
    for (const listener of listeners) listener();
  };
  const commandLine = new RedisLine(options, 'commands', key('reach'), { ready, trouble });
  lines.push(commandLine);
  const watch =
    servers.kind === 'sentinel'
      ? new FailoverWatch(options, servers, (master) => {
          for (const line of lines) line.follow(master);
        })
      : undefined;
  return {
    ...commandsOn(commandLine, options, key),
    forWaiting() {
      const line = new RedisLine(options, 'waiting', key('reach'), { ready: () => {}, trouble });
      lines.push(line);
      return commandsOn(line, options, key);
    },
    isReady: () => commandLine.isReady(),
    onReady(listener) {
      listeners.push(listener);
      if (commandLine.isReady()) listener();
    },
    async close() {
      watch?.close();
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

function commandsOn(line: RedisLine, options: RedisOptions, key: RedisCommands['key']): RedisCommands {
  return {
    key,
    clockArgument: () => (options.clock === 'redis' ? '' : String(callerTicks())),
    call: (command, ...args) => line.send(command, args, 'text'),
    callForBytes: (command, ...args) => line.send(command, args, 'bytes'),
    run: (script, keys, args) => runScript(line, script, [keys.length, ...keys, ...args]),
  };
}

/** Redis forgets its scripts when it is restarted, flushed or failed over; then none of it ran, and it is sent whole. */
async function runScript(line: RedisLine, script: RedisScript, words: readonly Word[]): Promise<unknown> {
  try {
    return await line.send('EVALSHA', [digestOf(script), ...words], 'text');
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
  }
  try {
    return await line.send('EVAL', [script.source, ...words], 'text');
  } catch (error) {
    throw storeError(error, false);
  }
}

function digestOf(script: RedisScript): string {
  const known = digests.get(script);
  if (known !== undefined) return known;
  const digest = createHash('sha1').update(script.source).digest('hex');
  digests.set(script, digest);
  return digest;
}
