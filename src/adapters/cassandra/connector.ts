import type cassandra from 'cassandra-driver';
import type { Clock } from '../../core/ports.ts';
import { type ContactMeans, connectFailureReason } from './connect-failure.ts';

export interface ConnectorParts {
  readonly createClient: () => cassandra.Client;
  readonly clock: Clock;
  /** For the reason of a failure. */
  readonly means: ContactMeans;
  /** Called once, with the client that connected; from then on the driver keeps it connected. */
  readonly onConnected: (client: cassandra.Client) => void;
  readonly onFailed: (failure: ConnectFailure) => void;
}

export interface ConnectFailure {
  /** In words, without addresses or credentials. */
  readonly reason: string;
  readonly retryInMs: number;
}

const firstRetryMs = 250;
const longestRetryMs = 5_000;

/**
 * Connects in the background and tries until it succeeds. Each attempt has a client of its own: a client
 * that failed keeps what it resolved, and more of it after each failure.
 *
 * Returns how to stop: no client is connected any more when the promise settles.
 */
export function startConnecting(parts: ConnectorParts): () => Promise<void> {
  let closed = false;
  let retryInMs = firstRetryMs;
  let cancelRetry: () => void = () => {};

  const attempt = async (): Promise<cassandra.Client | undefined> => {
    const client = parts.createClient();
    try {
      await client.connect();
    } catch (error) {
      // Not connected, but its load-balancing policy and timers may be there; never fails for a client in this state.
      await client.shutdown();
      if (!closed) planRetry(error);
      return undefined;
    }
    if (!closed) parts.onConnected(client);
    return client;
  };

  const planRetry = (error: unknown): void => {
    const delayMs = retryInMs;
    retryInMs = Math.min(longestRetryMs, 2 * retryInMs);
    cancelRetry = parts.clock.after(delayMs, () => {
      current = attempt();
    });
    parts.onFailed({ reason: connectFailureReason(error, parts.means), retryInMs: delayMs });
  };

  let current = attempt();
  return async () => {
    closed = true;
    cancelRetry();
    const client = await current;
    await client?.shutdown();
  };
}
