import { expect, it } from 'vitest';
import { type Conversation, createConversation } from '../../../src/workers/conversation.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** Two sides that hear each other as long as `connected`. */
function createPair(reply: (about: string, detail: unknown) => unknown) {
  const clock = createFakeClock();
  const state = { connected: true };
  const sides: Conversation[] = [];
  for (const other of [1, 0]) {
    sides.push(
      createConversation({
        clock,
        send: (message) => void (state.connected && sides[other]?.hear(structuredClone(message))),
        reply,
      }),
    );
  }
  return { clock, state, asking: sides[0] as Conversation };
}

it('gives each question its own answer', async () => {
  const { asking } = createPair(async (about, detail) => `${about} ${detail}`);
  const answers = await Promise.all([asking.ask('a', 1, 1_000), asking.ask('b', 2, 1_000)]);
  expect(answers).toEqual(['a 1', 'b 2']);
});

it('tells that the other side failed, and not why', async () => {
  const { asking } = createPair(() => {
    throw new Error('a secret');
  });
  await expect(asking.ask('metrics', undefined, 1_000)).rejects.toThrow(/^metrics was not answered$/);
});

it('waits for an answer so long and no longer, and lets a later one go by', async () => {
  const late = Promise.withResolvers<string>();
  const { asking, clock } = createPair(() => late.promise);
  const answer = asking.ask('metrics', undefined, 1_000).catch((error: Error) => error.message);
  await clock.advance(999);
  expect(clock.pending()).toBe(1);
  await clock.advance(1);
  expect(await answer).toBe('metrics was not answered');
  late.resolve('late');
  await clock.runUntilIdle();
  expect(clock.pending()).toBe(0);
});

it('has at most a hundred questions open', async () => {
  const { asking, clock, state } = createPair(() => 'yes');
  state.connected = false;
  const outcomes = Array.from({ length: 101 }, () =>
    asking.ask('metrics', undefined, 1_000).catch((error: Error) => error.message),
  );
  expect(await outcomes[100]).toBe('metrics cannot be asked for now');
  await clock.advance(1_000);
  expect(new Set(await Promise.all(outcomes.slice(0, 100)))).toEqual(new Set(['metrics was not answered']));
  state.connected = true;
  expect(await asking.ask('metrics', undefined, 1_000)).toBe('yes');
});

it('answers nothing more when the other side is gone', async () => {
  const { asking, clock } = createPair(() => new Promise(() => {}));
  const open = asking.ask('metrics', undefined, 1_000).catch((error: Error) => error.message);
  asking.end();
  expect(await open).toBe('metrics was not answered');
  await expect(asking.ask('metrics', undefined, 1_000)).rejects.toThrow('cannot be asked');
  expect(clock.pending()).toBe(0);
});
