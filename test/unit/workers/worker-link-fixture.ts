import type { StartOrders, ToPrimary, ToWorker } from '../../../src/workers/messages.ts';
import { linkToPrimary, type WorkerLink } from '../../../src/workers/worker-link.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

export const ports = { data: { host: '127.0.0.1', port: 8080 }, admin: { host: '127.0.0.1', port: 8081 } };

/** The other end of a worker's link: says what it is told to, and keeps what it hears. */
export interface FakePrimary {
  readonly clock: FakeClock;
  readonly link: WorkerLink;
  readonly heard: ToPrimary[];
  say(message: ToWorker): void;
  /** What it answers questions with; by itself it does not. */
  answerWith(value: unknown): void;
}

export async function createLinked(orders: Partial<StartOrders> = {}): Promise<FakePrimary> {
  const clock = createFakeClock();
  const heard: ToPrimary[] = [];
  let say: (message: ToWorker) => void = () => {};
  let answer: { readonly value: unknown } | undefined;
  const link = await linkToPrimary(
    {
      listen: (onMessage) => {
        say = (message) => onMessage(structuredClone(message));
      },
      async send(message) {
        heard.push(structuredClone(message));
        if (message.kind === 'hello')
          say({ kind: 'start', orders: { number: 2, ports, cursorKey: 'key', ...orders } });
        if (message.kind === 'question' && answer !== undefined) {
          say({ kind: 'answer', id: message.id, ...answer });
        }
      },
    },
    clock,
  );
  return {
    clock,
    link,
    heard,
    say: (message) => say(message),
    answerWith: (value) => {
      answer = { value };
    },
  };
}
