/**
 * Help must never become load: extra messages are paid from what ordinary messages earned. In the long run
 * extras <= `share` x messages; a burst is allowed so that a node that dies at low load is still helped.
 */
export interface MessageBudget {
  earn(messages: number): void;
  /** True, and paid, when the whole of `messages` is covered. */
  spend(messages: number): boolean;
}

export function createMessageBudget(share: number, burst: number): MessageBudget {
  let credit = burst;
  return {
    earn(messages) {
      credit = Math.min(burst, credit + share * messages);
    },
    spend(messages) {
      if (credit < messages) return false;
      credit -= messages;
      return true;
    },
  };
}
