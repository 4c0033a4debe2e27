import type { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { ReplicaError } from '../../core/errors.ts';
import type { ReplicaWrite, RowChange } from '../../core/ports.ts';
import type { ClusterNode } from '../../core/topology/cluster-state.ts';
import { asBuffer, bigintBytes, intBytes } from './bound-values.ts';
import { batchesOf } from './change-batches.ts';
import type { NodeTarget } from './cluster-monitor.ts';
import { compileOnce } from './compile-once.ts';
import { messageOptions } from './message-options.ts';
import { replicaErrorFrom } from './replica-error-mapping.ts';
import { changeText } from './statement-text.ts';

const { unset } = cassandra.types;

/** A value, null, or the driver's mark for what is left alone. */
type BoundValue = Buffer | null | typeof unset;

/** Writes through the nodes that `targetOf` finds. Rejects with a `ReplicaError`. */
export function createChangeWriter(
  targetOf: (node: ClusterNode) => NodeTarget | undefined,
): (request: ReplicaWrite) => Promise<void> {
  const textOf = compileOnce(changeText);

  const send = async (
    target: NodeTarget,
    request: ReplicaWrite,
    changes: readonly RowChange[],
  ): Promise<void> => {
    const { client, host } = target;
    const options = messageOptions(host, request);
    const queries = changes.map((change) => ({
      query: textOf(change.statement),
      params: changeParameters(change),
    }));
    const [only] = queries;
    try {
      if (queries.length === 1 && only !== undefined) await client.execute(only.query, only.params, options);
      else await client.batch(queries, { ...options, logged: false });
    } catch (error) {
      if (changes.length === 1 || !isTooLarge(error)) throw replicaErrorFrom(error, host.address);
      const half = changes.length >> 1;
      await endAll([
        send(target, request, changes.slice(0, half)),
        send(target, request, changes.slice(half)),
      ]);
    }
  };

  return async (request) => {
    const target = targetOf(request.node);
    if (target === undefined) throw new ReplicaError('node-gone');
    await endAll(batchesOf(request.changes).map((changes) => send(target, request, changes)));
  };
}

/** Ends when the last of them has: a message is under way while any part of it is. Rejects as the first that failed. */
async function endAll(parts: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(parts);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** The size was a guess: elements of collections weigh more than their bytes, and the node may be set to take less. */
function isTooLarge(error: unknown): boolean {
  return (
    error instanceof cassandra.errors.ResponseError &&
    error.code === cassandra.types.responseErrorCodes.invalid &&
    /batch too large/i.test(error.message)
  );
}

/** The bound values of `changeText`. */
function changeParameters({ statement, key, cells, ...change }: RowChange): BoundValue[] {
  const keyBytes = key.map(asBuffer);
  const timestamp = bigintBytes(change.timestampMicros);
  if (statement.kind !== 'upsert') return [timestamp, ...keyBytes];
  const timeToLive = change.ttlSeconds === undefined ? unset : intBytes(change.ttlSeconds);
  return [...keyBytes, ...cells.map(boundCell), timestamp, timeToLive];
}

function boundCell(cell: RowChange['cells'][number]): BoundValue {
  if (cell === undefined) return unset;
  return cell === null ? null : asBuffer(cell);
}
