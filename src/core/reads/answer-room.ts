/** What is left of an answer's size. Shared by all that is read for one request, so that together they keep within it. */
export interface AnswerRoom {
  /** True, and taken, when there is so much left. */
  take(characters: number): boolean;
}

/** Rows are counted in characters as they arrive: never more than their bytes, so that nothing that fits is let go. */
export function createAnswerRoom(answerBytes: number): AnswerRoom {
  let left = answerBytes;
  return {
    take(characters) {
      if (characters > left) return false;
      left -= characters;
      return true;
    },
  };
}
