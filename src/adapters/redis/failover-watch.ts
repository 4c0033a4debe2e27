import { Redis } from 'ioredis';
import { disconnectTimeoutMs, pauseBefore, tlsSettings } from './redis-client.ts';
import type { RedisOptions } from './redis-options.ts';

/** Sentinels say it on this channel: `<name> <old address> <old port> <new address> <new port>`. */
const channel = '+switch-master';

/**
 * Hears from every Sentinel where the master is now. Without it a master that the Sentinels have given up, and that still
 * answers here, would go on counting apart from the new one. (What ioredis has for this writes to the console.)
 */
export class FailoverWatch {
  readonly #sentinels: readonly Redis[];

  /** `onSwitch` is told of the same master by each Sentinel, at different times. */
  constructor(
    options: RedisOptions,
    servers: Extract<RedisOptions['servers'], { readonly kind: 'sentinel' }>,
    onSwitch: (master: { readonly host: string; readonly port: number }) => void,
  ) {
    this.#sentinels = servers.sentinels.map((address) => {
      const sentinel = connectTo(address, options);
      sentinel.on('message', (_channel, message) => {
        const [name, , , host = '', port = ''] = message.split(' ');
        if (name === servers.master) onSwitch({ host, port: Number(port) });
      });
      return sentinel;
    });
  }

  close(): void {
    for (const sentinel of this.#sentinels) sentinel.disconnect();
  }
}

function connectTo(address: { readonly host: string; readonly port: number }, options: RedisOptions): Redis {
  const sentinel = new Redis({
    ...address,
    ...(options.sentinelPassword === undefined ? {} : { password: options.sentinelPassword }),
    tls: tlsSettings(options),
    connectionName: 'weir',
    protocol: 2,
    enableReadyCheck: false,
    keepAlive: 10_000,
    disconnectTimeout: disconnectTimeoutMs,
    retryStrategy: pauseBefore,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
  });
  // One that is away is looked for again; whether any is there shows when a master is looked for.
  sentinel.on('error', () => {});
  sentinel.on('ready', () => {
    sentinel.subscribe(channel).catch(() => {});
  });
  return sentinel;
}
