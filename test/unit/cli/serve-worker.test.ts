import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import type { ComposeSystem } from '../../../src/cli/serve.ts';
import { serveAsWorker } from '../../../src/cli/serve-worker.ts';
import type { StartOrders } from '../../../src/workers/messages.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { createLinked, ports } from '../workers/worker-link-fixture.ts';

const addresses = { dataUrl: 'http://127.0.0.1:8080', adminUrl: 'http://127.0.0.1:8081' };

/** Runs a worker on a configuration; `composeSystem` stands in for the real system. */
async function run(text: string, composeSystem: ComposeSystem, orders: Partial<StartOrders> = {}) {
  const primary = await createLinked(orders);
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    write: (line: string) => {
      written[name] += line;
    },
  });
  const signals = new EventEmitter();
  const surroundings = {
    argv: [],
    env: {},
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    signals,
    stdin: async function* () {},
  };
  const ending = serveAsWorker(
    primary.link,
    { file: writeConfig(text), env: {} },
    surroundings,
    composeSystem,
  );
  return { ...primary, written, signals, ending };
}

const idle = {
  ...addresses,
  drainAsked: new Promise<void>(() => {}),
  reload: () => {},
  longestStopMs: () => 5,
};

it('listens, and ends as the primary says, without a word to people', async () => {
  const stop = vi.fn(async () => {});
  const { ending, heard, say, written } = await run(goodConfig, async () => ({ ...idle, stop }));
  await vi.waitFor(() => expect(heard).toContainEqual({ kind: 'listening', ...addresses }));
  say({ kind: 'stop', how: 'retire' });
  expect(await ending).toBe(0);
  expect(stop).toHaveBeenCalledExactlyOnceWith('retire');
  expect(written).toEqual({ stdout: '', stderr: '' });
});

it('ends with 1 where its system does not stop in the time that it said it takes', async () => {
  const stop = () => new Promise<void>(() => {});
  const { ending, heard, say } = await run(goodConfig, async () => ({ ...idle, stop }));
  await vi.waitFor(() => expect(heard.some(({ kind }) => kind === 'listening')).toBe(true));
  say({ kind: 'stop', how: 'drain' });
  expect(await ending).toBe(1);
});

it('tells the primary in words why it cannot start', async () => {
  const error = Object.assign(new Error(), {
    code: 'EADDRINUSE',
    syscall: 'bind',
    address: '127.0.0.1',
    port: 8080,
  });
  const { ending, heard } = await run(goodConfig, () => Promise.reject(error));
  expect(await ending).toBe(1);
  const message = 'data.port 127.0.0.1:8080 is in use; choose another with --set data.port=…';
  expect(heard).toContainEqual({ kind: 'failed', message, exitCode: 1 });
});

it('tells the primary that the configuration is refused now', async () => {
  const compose = vi.fn();
  const { ending, heard } = await run('data: { prot: 1 }\n', compose);
  await ending;
  expect(heard).toContainEqual({
    kind: 'failed',
    message: expect.stringContaining('"prot" in data'),
    exitCode: 2,
  });
  expect(compose).not.toHaveBeenCalled();
});

it('listens where the others do, whatever the file says meanwhile', async () => {
  const seen: unknown[] = [];
  const compose: ComposeSystem = async ({ config }, { sources }) => {
    seen.push(config.data.port, config.admin.port, sources.flags);
    return { ...idle, stop: async () => {} };
  };
  const { ending, say, heard } = await run(goodConfig.replace('8080', '9999'), compose, { ports });
  await vi.waitFor(() => expect(heard.some(({ kind }) => kind === 'listening')).toBe(true));
  say({ kind: 'stop', how: 'drain' });
  await ending;
  expect(seen).toEqual([8080, 8081, ['data.port=8080']]);
});

it('ends at once where it is told to before it listens', async () => {
  const { ending, say } = await run(goodConfig, () => new Promise(() => {}));
  say({ kind: 'stop', how: 'drain' });
  expect(await ending).toBe(0);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])('leaves %s to the primary', async (signal) => {
  const { ending, say, signals } = await run(goodConfig, () => new Promise(() => {}));
  // Somebody listens: otherwise the signal would end the process.
  expect(signals.listenerCount(signal)).toBe(1);
  say({ kind: 'stop', how: 'drain' });
  await ending;
});
