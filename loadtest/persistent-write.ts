import { type Client, errors, types } from 'cassandra-driver';

const maxAttempts = 20;
const pauseMs = 500;

/** At consistency ALL: whoever is asked afterwards, at whatever consistency, has the row. */
export const atAll = { prepare: true, isIdempotent: true, consistency: types.consistencies.all };

/**
 * Writes one row at consistency ALL, again where a replica did not answer in time: nodes that have just started are
 * slow, and the write is idempotent. Other errors, and a row of failures, are the caller's.
 */
export async function writeAtAll(client: Client, insert: string, values: readonly unknown[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.execute(insert, [...values], atAll);
      return;
    } catch (error) {
      if (attempt === maxAttempts || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

const passingCodes: ReadonlySet<number> = new Set([
  types.responseErrorCodes.writeTimeout,
  types.responseErrorCodes.writeFailure,
  types.responseErrorCodes.unavailableException,
  types.responseErrorCodes.overloaded,
  types.responseErrorCodes.isBootstrapping,
]);

function isPassing(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return passingCodes.has(error.code);
  return error instanceof errors.OperationTimedOutError || error instanceof errors.NoHostAvailableError;
}
