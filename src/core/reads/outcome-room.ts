import type { AnswerRoom } from './answer-room.ts';
import type { KeyOutcome } from './key-reader.ts';

const tooLarge: KeyOutcome = { status: 'unprocessed', reason: 'size' };

/** The outcome as the answer has room for it: rows that find none are let go. */
export function fitOutcome(outcome: KeyOutcome, room: AnswerRoom): KeyOutcome {
  if (outcome.status !== 'found') return outcome;
  let characters = 0;
  for (const row of outcome.rows) characters += row.length;
  return room.take(characters) ? outcome : tooLarge;
}
