/** Replies of scripts as what they are meant to be. Each throws a `StoreError` for one of another form. */
import { StoreError } from '../../core/throttle/limit-store.ts';

export function asList(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw unexpectedReply();
  return reply;
}

export function asText(reply: unknown): string {
  if (typeof reply !== 'string') throw unexpectedReply();
  return reply;
}

/** Also of a number in text, as Redis keeps them. */
export function asWhole(reply: unknown): number {
  const number = typeof reply === 'string' && reply !== '' ? Number(reply) : reply;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw unexpectedReply();
  return number;
}

function unexpectedReply(): StoreError {
  return new StoreError('failed', {
    cause: new Error('the reply has another form than the script gives it'),
  });
}
