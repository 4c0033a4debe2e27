import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { type ConnectFailure, startConnecting } from '../../../src/adapters/cassandra/connector.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const { errors } = cassandra;

/** Clients that fail as told, in order, and connect afterwards. */
function startWith(...failures: readonly Error[]) {
  const clock = createFakeClock();
  const log: string[] = [];
  const reported: ConnectFailure[] = [];
  let made = 0;
  const createClient = (): cassandra.Client => {
    const number = made;
    made += 1;
    const client = {
      connect: async () => {
        const failure = failures[number];
        if (failure !== undefined) throw failure;
      },
      shutdown: async () => {
        log.push(`shut down ${number}`);
      },
    };
    return client as unknown as cassandra.Client;
  };
  const close = startConnecting({
    createClient,
    clock,
    means: { hasCredentials: true, hasTls: false },
    onConnected: () => log.push(`connected ${made - 1}`),
    onFailed: (failure) => reported.push(failure),
  });
  return { clock, log, reported, close };
}

const refused = (): Error => new errors.NoHostAvailableError({ 'a:1': new Error('refused') });

describe('connecting', () => {
  it('succeeds at once where the cluster answers', async () => {
    const { clock, log, reported } = startWith();
    await clock.advance(0);
    expect(log).toEqual(['connected 0']);
    expect(reported).toEqual([]);
  });

  it('tries again with a new client, later each time up to a bound, until it succeeds', async () => {
    const { clock, log, reported } = startWith(...Array.from({ length: 7 }, refused));
    await clock.runUntilIdle();
    expect(reported.map((failure) => failure.retryInMs)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 5_000, 5_000,
    ]);
    expect(log.at(-1)).toBe('connected 7');
    expect(log.filter((line) => line.startsWith('shut down'))).toHaveLength(7);
  });

  it('says in words why it failed', async () => {
    const { clock, reported } = startWith(refused());
    await clock.advance(0);
    expect(reported[0]?.reason).toMatch(/^no contact point answered: 1 /);
  });

  it('ends when closed while it waits to try again', async () => {
    const { clock, log, close } = startWith(refused());
    await clock.advance(0);
    await close();
    await clock.runUntilIdle();
    expect(log).toEqual(['shut down 0']);
  });

  it('shuts down what connected, also when that comes after the close', async () => {
    const { log, close } = startWith();
    await close();
    expect(log).toEqual(['shut down 0']);
  });
});
