import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { ReplicaError } from '../../core/errors.ts';
import { systemTimeoutMs } from './client-settings.ts';
import { replicaErrorFrom } from './replica-error-mapping.ts';

/** The rows of one answer, and who gave it. */
export interface SystemAnswer {
  readonly host: cassandra.Host;
  readonly answers: readonly (readonly cassandra.types.Row[])[];
}

export interface SystemQuery {
  readonly text: string;
  /** Texts to bind. */
  readonly parameters?: readonly string[];
}

/** Asks all of `queries` of one node, so that the answers fit together. Rejects with a `ReplicaError`. */
export type SystemReader = (queries: readonly SystemQuery[]) => Promise<SystemAnswer>;

/** How many nodes are tried for one call. */
const maxAttempts = 3;

/**
 * Reads system tables from a node that holds still: the same one for as long as it answers, so that two
 * nodes that learn of a change at different times do not make the picture flicker. Nodes of `datacenter` first.
 */
export function createSystemReader(
  client: cassandra.Client,
  datacenters: readonly string[],
  datacenter: string,
): SystemReader {
  let preferred: string | undefined;

  const candidates = (): readonly cassandra.Host[] => {
    const up = client.hosts.values().filter((host) => datacenters.includes(host.datacenter) && host.isUp());
    const rank = (host: cassandra.Host): number =>
      host.address === preferred ? 0 : host.datacenter === datacenter ? 1 : 2;
    return up.sort((a, b) => rank(a) - rank(b)).slice(0, maxAttempts);
  };

  return async (queries) => {
    let failure = new ReplicaError('node-gone');
    for (const host of candidates()) {
      try {
        const answers = await Promise.all(queries.map((query) => askNode(client, host, query)));
        preferred = host.address;
        return { host, answers };
      } catch (error) {
        if (!(error instanceof ReplicaError)) throw error;
        failure = error;
        if (host.address === preferred) preferred = undefined;
      }
    }
    throw failure;
  };
}

/** Asks this one node. Rejects with a `ReplicaError`. */
export async function askNode(
  client: cassandra.Client,
  host: cassandra.Host,
  query: SystemQuery,
): Promise<readonly cassandra.types.Row[]> {
  // Bound as bytes: the driver would guess the type of a text from its looks.
  const parameters = (query.parameters ?? []).map((text) => Buffer.from(text, 'utf8'));
  try {
    const result = await client.execute(query.text, parameters, {
      host,
      prepare: false,
      consistency: cassandra.types.consistencies.one,
      readTimeout: systemTimeoutMs,
    });
    return result.rows;
  } catch (error) {
    throw replicaErrorFrom(error, host.address);
  }
}
