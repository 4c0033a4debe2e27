import { StoreError } from '../../core/throttle/limit-store.ts';

/** This Redis may not be written to: another one may, or this one later. */
const notTheMaster = ['READONLY', 'MASTERDOWN', 'LOADING'];
/** Likewise, where a cluster does not know now who has the slot. */
const noOwner = ['CLUSTERDOWN', 'TRYAGAIN', 'MOVED', 'ASK'];
const errorCode = /^[A-Z]{2,}\b/;
/** Before 7.0 the error of a script quotes that of its command. */
const quotedCode = / -([A-Z]{2,}) /;
const scriptLine = /user_script:\d+/;
/** The name of the error with which ioredis ends all calls of a connection that is lost. */
const lostCallName = 'MaxRetriesPerRequestError';

/**
 * What became of a call. The messages of Redis and ioredis may quote arguments and keys, so that only their code is
 * kept, as the cause. `wasFrozen`: the connection was given up because Redis had been silent for too long.
 */
export function storeError(error: unknown, wasFrozen: boolean): StoreError {
  if (error instanceof StoreError) return error;
  const cause = new Error(troubleOf(error));
  if (!(error instanceof Error)) return new StoreError('unreachable', { cause });
  if (isReply(error)) {
    const isElsewhere = hasCode(error, [...notTheMaster, ...noOwner]);
    return new StoreError(isElsewhere ? 'unreachable' : 'failed', { cause, code: codeOf(error) });
  }
  const isLost = error.name === lostCallName;
  return new StoreError(isLost && wasFrozen ? 'timeout' : 'unreachable', { cause });
}

/** Redis does not know the script of this digest: nothing of it ran. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && isReply(error) && error.message.startsWith('NOSCRIPT');
}

/** Whether it is better to look for the master again: after a fail-over this one is a replica, or still loads. */
export function isFromAnotherThanTheMaster(error: Error): boolean {
  return hasCode(error, notTheMaster);
}

/** In a word or two, for the log: a code of Redis or of the system. Quotes neither keys nor arguments nor passwords. */
export function troubleOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (isSilence(error)) return 'silent';
  if (error.message.startsWith('All sentinels')) return 'no sentinel names a master';
  if (isReply(error)) return [codeOf(error), scriptLine.exec(error.message)?.[0] ?? ''].join(' ').trim();
  return 'code' in error && typeof error.code === 'string' ? error.code : 'connection lost';
}

/** With this error ioredis gives up a connection on which nothing came for too long. */
export function isSilence(error: Error): boolean {
  return error.message.startsWith('Socket timeout');
}

function codeOf({ message }: Error): string {
  const code = errorCode.exec(message)?.[0] ?? 'ERR';
  return code === 'ERR' ? (quotedCode.exec(message)?.[1] ?? code) : code;
}

function hasCode({ message }: Error, codes: readonly string[]): boolean {
  // Before 7.0 the errors of scripts begin with another word.
  return codes.some((code) => message.startsWith(`${code} `) || message.includes(` -${code} `));
}

function isReply(error: Error): boolean {
  return error.name === 'ReplyError';
}
