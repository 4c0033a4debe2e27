import cassandra from 'cassandra-driver';
import { ReplicaError, type ReplicaErrorName } from '../../core/errors.ts';

const codes = cassandra.types.responseErrorCodes;

/**
 * Error codes of the native protocol. Every code that the driver knows is listed, so that a test can tell
 * when a new one waits for a decision.
 */
export const namesOfResponseCodes: ReadonlyMap<number, ReplicaErrorName> = new Map<number, ReplicaErrorName>([
  /** A fault inside the node while it read or wrote: its peers may not have it. */
  [codes.serverError, 'read-failure'],
  [codes.protocolError, 'rejected'],
  [codes.badCredentials, 'rejected'],
  [codes.unavailableException, 'unavailable'],
  [codes.overloaded, 'overloaded'],
  [codes.isBootstrapping, 'bootstrapping'],
  [codes.truncateError, 'unknown'],
  [codes.writeTimeout, 'write-timeout'],
  [codes.readTimeout, 'read-timeout'],
  [codes.readFailure, 'read-failure'],
  [codes.functionFailure, 'rejected'],
  [codes.writeFailure, 'write-failure'],
  [codes.syntaxError, 'rejected'],
  [codes.unauthorized, 'rejected'],
  [codes.invalid, 'rejected'],
  [codes.configError, 'rejected'],
  [codes.alreadyExists, 'rejected'],
  /** Comes through only when the node could not prepare the statement again either. */
  [codes.unprepared, 'read-failure'],
  [codes.clientWriteFailure, 'write-failure'],
]);

/**
 * What an error of the driver means for the message to the node at `address`. The driver's error stays
 * behind: it carries CQL, and its message may carry values.
 */
export function replicaErrorFrom(error: unknown, address: string): ReplicaError {
  return error instanceof ReplicaError ? error : new ReplicaError(nameOfDriverError(error, address));
}

export function nameOfDriverError(error: unknown, address: string): ReplicaErrorName {
  const { errors } = cassandra;
  if (error instanceof errors.ResponseError) return namesOfResponseCodes.get(error.code) ?? 'unknown';
  if (error instanceof errors.OperationTimedOutError) return 'client-timeout';
  if (error instanceof errors.BusyConnectionError) return 'overloaded';
  if (error instanceof errors.NoHostAvailableError) return nameOfInnerError(error.innerErrors, address);
  if (error instanceof errors.AuthenticationError) return 'rejected';
  if (isSocketError(error)) return 'connection-lost';
  return 'unknown';
}

/**
 * The driver reports one cause a host tried. A pinned read tries one host; preparing its statement may have
 * tried others before, whose causes count only where the pinned host has none.
 */
function nameOfInnerError(causes: unknown, address: string): ReplicaErrorName {
  if (typeof causes !== 'object' || causes === null) return 'node-gone';
  const byAddress = new Map<string, unknown>(Object.entries(causes));
  const cause = byAddress.get(address) ?? byAddress.values().next().value;
  // A text says that the host is down; a plain error that it has no connection; nothing that it is ignored.
  if (cause === undefined || cause === null || typeof cause === 'string') return 'node-gone';
  const name = nameOfDriverError(cause, address);
  return name === 'unknown' && cause instanceof Error && cause.constructor === Error ? 'node-gone' : name;
}

const socketCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

function isSocketError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('isSocketError' in error && error.isSocketError === true) return true;
  return 'code' in error && socketCodes.has(error.code);
}
