import { EventEmitter } from 'node:events';
import { Command } from 'commander';
import { expect, it, vi } from 'vitest';
import { addServe } from '../../../src/cli/serve.ts';
import type { WorkersAccess } from '../../../src/cli/workers-access.ts';
import { WorkerFailure } from '../../../src/workers/watched-worker.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';

const addresses = { dataUrl: 'http://127.0.0.1:8080', adminUrl: 'http://127.0.0.1:8081' };
const severalWorkers = `${goodConfig}workers: 2\nredis: { url: 'redis://127.0.0.1:6379' }\n`;

/** Serves with a supervisor that starts nothing, until the signals have been sent. */
async function serve(text: string, start: () => Promise<unknown>, signals: readonly string[] = ['SIGTERM']) {
  const supervisor = {
    start: vi.fn(async () => {
      const outcome = await start();
      setImmediate(() => {
        for (const signal of signals) source.emit(signal);
      });
      return outcome;
    }),
    drainAsked: new Promise<void>(() => {}),
    reload: vi.fn(),
    restart: vi.fn(),
    stop: vi.fn(async () => {}),
    kill: vi.fn(),
    longestStopMs: () => 1_000,
  };
  const asked: unknown[] = [];
  const workers: WorkersAccess = {
    link: async () => undefined,
    supervisor: async (config, argv) => {
      asked.push({ workers: config.workers, argv });
      return supervisor as never;
    },
  };
  const source = new EventEmitter();
  let stdout = '';
  const surroundings = {
    argv: [],
    env: {},
    stdout: {
      write: (line: string) => {
        stdout += line;
      },
    },
    stderr: { write: () => {} },
    signals: source,
    stdin: async function* () {},
  };
  const compose = vi.fn(async () => {
    setImmediate(() => source.emit('SIGTERM'));
    return { ...addresses, ...supervisor };
  });
  const exitCodes: number[] = [];
  const program = new Command();
  addServe(program, surroundings, compose, (code) => exitCodes.push(code), workers);
  const file = writeConfig(text);
  const argv = ['serve', '--config', file, '--set', 'data.port=8090', '--json'];
  const failure = await program.parseAsync(argv, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { supervisor, asked, compose, exitCodes, stdout, failure, file, listeners: source.eventNames() };
}

it('runs one worker in its own process', async () => {
  const { asked, compose, exitCodes } = await serve(goodConfig, async () => addresses);
  expect(asked).toEqual([]);
  expect(compose).toHaveBeenCalledOnce();
  expect(exitCodes).toEqual([0]);
});

it('leads several, with one greeting, and gives them its own arguments', async () => {
  const { asked, compose, exitCodes, stdout, file, listeners } = await serve(
    severalWorkers,
    async () => addresses,
  );
  expect(asked).toEqual([{ workers: 2, argv: ['serve', '--config', file, '--set', 'data.port=8090'] }]);
  expect(compose).not.toHaveBeenCalled();
  expect(JSON.parse(stdout)).toEqual(addresses);
  expect(exitCodes).toEqual([0]);
  expect(listeners).toEqual([]);
});

it('reloads on SIGHUP, replaces them on SIGUSR2, stops on SIGTERM, and leaves none behind', async () => {
  const signals = ['SIGHUP', 'SIGUSR2', 'SIGTERM'];
  const { supervisor } = await serve(severalWorkers, async () => addresses, signals);
  expect(supervisor.reload).toHaveBeenCalledExactlyOnceWith('signal');
  expect(supervisor.restart).toHaveBeenCalledOnce();
  expect(supervisor.stop).toHaveBeenCalledOnce();
  expect(supervisor.kill).toHaveBeenCalledOnce();
});

it('fails with what the first worker said, and as it would have', async () => {
  const { failure, stdout } = await serve(severalWorkers, () =>
    Promise.reject(new WorkerFailure('data.port 127.0.0.1:8090 is in use', 2)),
  );
  expect(failure).toMatchObject({
    name: 'CliError',
    exitCode: 2,
    message: 'data.port 127.0.0.1:8090 is in use',
  });
  expect(stdout).toBe('');
});
