import type cassandra from 'cassandra-driver';
import { type ConnectorParts, startConnecting } from './connector.ts';

export interface ClientKeeperParts extends ConnectorParts {
  /** How long a client that was replaced goes on, for what was sent through it. */
  readonly lingerMs: number;
}

/** Holds one connected client, and replaces it by another without a gap. */
export interface ClientKeeper {
  /** Connects with a new client; the one in use goes on until then. */
  renew(): void;
  /** No client is connected any more when the promise settles. */
  close(): Promise<void>;
}

/** So many replaced clients may linger; when more are replaced, the oldest goes at once. */
const maxLingering = 4;

type Stop = () => Promise<void>;

interface Lingering {
  readonly stop: Stop;
  readonly cancel: () => void;
}

/** Connects at once. `onConnected` is called for each client that comes into use. */
export function keepClient(parts: ClientKeeperParts): ClientKeeper {
  const { clock, lingerMs } = parts;
  let inUse: Stop | undefined;
  let coming: Stop | undefined;
  const lingering: Lingering[] = [];
  /** What is being shut down; it must be over before `close` is. */
  const ending = new Set<Promise<void>>();
  let closed = false;

  const end = (stop: Stop): void => {
    const ended = stop().finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const linger = (stop: Stop): void => {
    const entry = {
      stop,
      cancel: clock.after(lingerMs, () => {
        lingering.splice(lingering.indexOf(entry), 1);
        end(stop);
      }),
    };
    lingering.push(entry);
    if (lingering.length > maxLingering) endOldest();
  };
  const endOldest = (): void => {
    const oldest = lingering.shift();
    oldest?.cancel();
    if (oldest !== undefined) end(oldest.stop);
  };
  const renew = (): void => {
    if (closed) return;
    if (coming !== undefined) end(coming);
    const stop = startConnecting({
      ...parts,
      onConnected: (client: cassandra.Client) => {
        if (inUse !== undefined) linger(inUse);
        inUse = stop;
        coming = undefined;
        parts.onConnected(client);
      },
    });
    coming = stop;
  };

  renew();
  return {
    renew,
    async close() {
      closed = true;
      while (lingering.length > 0) endOldest();
      if (coming !== undefined) end(coming);
      if (inUse !== undefined) end(inUse);
      await Promise.all(ending);
    },
  };
}
