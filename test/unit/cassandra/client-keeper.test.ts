import type cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { keepClient } from '../../../src/adapters/cassandra/client-keeper.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** Clients in the order they are made; those whose number is in `failing` never connect. */
function keep(failing: ReadonlySet<number> = new Set()) {
  const clock = createFakeClock();
  const log: string[] = [];
  const numbers = new Map<cassandra.Client, number>();
  const keeper = keepClient({
    createClient: () => {
      const number = numbers.size;
      const client = {
        connect: async () => {
          if (failing.has(number)) throw new Error('refused');
        },
        shutdown: async () => {
          log.push(`shut down ${number}`);
        },
      } as unknown as cassandra.Client;
      numbers.set(client, number);
      return client;
    },
    clock,
    means: { hasCredentials: false, hasTls: false },
    lingerMs: 10_000,
    onConnected: (client) => log.push(`use ${numbers.get(client)}`),
    onFailed: () => log.push('failed'),
  });
  return { clock, log, keeper };
}

describe('a kept client', () => {
  it('is replaced by one that is connected, and goes on for a while', async () => {
    const { clock, log, keeper } = keep();
    await clock.advance(0);
    keeper.renew();
    await clock.advance(9_999);
    expect(log).toEqual(['use 0', 'use 1']);
    await clock.advance(1);
    expect(log).toEqual(['use 0', 'use 1', 'shut down 0']);
  });

  it('stays in use for as long as its successor cannot connect', async () => {
    const { clock, log, keeper } = keep(new Set([1, 2]));
    await clock.advance(0);
    keeper.renew();
    await clock.advance(100);
    expect(log).toEqual(['use 0', 'shut down 1', 'failed']);
    await clock.advance(1_000);
    expect(log).toEqual(['use 0', 'shut down 1', 'failed', 'shut down 2', 'failed', 'use 3']);
  });

  it('comes from the last renewal, whatever was under way', async () => {
    const { clock, log, keeper } = keep();
    keeper.renew();
    keeper.renew();
    await clock.advance(60_000);
    expect(log.filter((line) => line.startsWith('use'))).toEqual(['use 2']);
    expect(log.filter((line) => line.startsWith('shut down')).toSorted()).toEqual([
      'shut down 0',
      'shut down 1',
    ]);
  });

  it('leaves at most four behind, however often it is replaced', async () => {
    const { clock, log, keeper } = keep();
    for (let round = 0; round < 7; round += 1) {
      await clock.advance(0);
      keeper.renew();
    }
    await clock.advance(0);
    expect(log.filter((line) => line.startsWith('shut down'))).toEqual([
      'shut down 0',
      'shut down 1',
      'shut down 2',
    ]);
  });

  it('is shut down with all that linger when closed, and is not renewed any more', async () => {
    const { clock, log, keeper } = keep();
    await clock.advance(0);
    keeper.renew();
    await clock.advance(0);
    await keeper.close();
    expect(log.toSorted()).toEqual(['shut down 0', 'shut down 1', 'use 0', 'use 1']);
    keeper.renew();
    await clock.runUntilIdle();
    expect(log).toHaveLength(4);
  });
});
