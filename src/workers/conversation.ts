import type { Clock } from '../core/ports.ts';
import type { Answer, Question } from './messages.ts';

/** Questions of one side that wait for their answers, at most. */
const mostOpen = 100;

export interface ConversationParts {
  readonly clock: Clock;
  /** Never throws; what cannot be delivered is lost. */
  readonly send: (message: Question | Answer) => void;
  /** Answers the other side. A rejection is told as a failure, without its reason. */
  readonly reply: (about: string, detail: unknown) => unknown;
}

/** Questions and answers between two processes, in both directions. */
export interface Conversation {
  /** Rejects when no answer comes in time, when the other side fails or ends, or when too many are asked. */
  ask(about: string, detail: unknown, timeoutMs: number): Promise<unknown>;
  hear(message: Question | Answer): void;
  /** The other side is gone. */
  end(): void;
}

export function createConversation({ clock, send, reply }: ConversationParts): Conversation {
  const open = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  let ended = false;

  const answer = async ({ id, about, detail }: Question): Promise<void> => {
    try {
      send({ kind: 'answer', id, value: await reply(about, detail) });
    } catch {
      send({ kind: 'answer', id, failed: true });
    }
  };

  return {
    ask(about, detail, timeoutMs) {
      if (ended || open.size >= mostOpen)
        return Promise.reject(new Error(`${about} cannot be asked for now`));
      const id = ++asked;
      return new Promise((resolve, reject) => {
        const cancel = clock.after(timeoutMs, () => open.get(id)?.({ kind: 'answer', id, failed: true }));
        open.set(id, ({ failed, value }) => {
          open.delete(id);
          cancel();
          if (failed) reject(new Error(`${about} was not answered`));
          else resolve(value);
        });
        send({ kind: 'question', id, about, detail });
      });
    },
    hear(message) {
      if (message.kind === 'question') void answer(message);
      else open.get(message.id)?.(message);
    },
    end() {
      ended = true;
      for (const [id, settle] of open) settle({ kind: 'answer', id, failed: true });
    },
  };
}
