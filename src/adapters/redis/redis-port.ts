/** Redis as the stores of this folder use it. `connectRedis` in `redis-connection.ts` makes one. */

/** Run by its digest; sent as text again where Redis does not know it. All keys carry the fleet's hash tag. */
export interface RedisScript {
  /** For metrics: `charge`, `pulse`. */
  readonly name: string;
  /** Lua, for Redis 6.2 and later. */
  readonly source: string;
}

/** Calls are sent at most once, at once or not at all, and reject with a `StoreError`. */
export interface RedisCommands {
  run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number | Uint8Array)[],
  ): Promise<unknown>;
  call(command: string, ...args: readonly (string | number | Uint8Array)[]): Promise<unknown>;
  /** As `call`, with replies as bytes. */
  callForBytes(command: string, ...args: readonly (string | number | Uint8Array)[]): Promise<unknown>;
  /** `{fleet}:part:part`. */
  key(...parts: readonly string[]): string;
  /**
   * The time as scripts take it (the argument of `weir_now` in `throttle-lua.ts`): empty where the clock of Redis counts,
   * else the caller's own in sixteenths of a microsecond since 2026-01-01.
   */
  clockArgument(): string;
}

export interface RedisConnection extends RedisCommands {
  /** A connection of its own for commands that wait on the server; ends with this one. */
  forWaiting(): RedisCommands;
  isReady(): boolean;
  /** Each time a connection is there (again). */
  onReady(listener: () => void): void;
  close(): Promise<void>;
}
