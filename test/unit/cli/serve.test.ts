import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ComposeSystem } from '../../../src/cli/serve.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { runCli } from '../../support/run-cli.ts';

const urls = { dataUrl: 'http://127.0.0.1:8080', adminUrl: 'http://127.0.0.1:8081' };

/** A system that nobody drains and that has nothing to reload. */
const idle = { drainAsked: new Promise<void>(() => {}), reload: () => {}, longestStopMs: () => 10_000 };

/** A system that runs until `signal`, `signals` times over, and then stops as `stop` does. */
function serve(
  text: string,
  stop: () => Promise<void>,
  signals: readonly ('SIGINT' | 'SIGTERM' | 'SIGHUP')[],
  argv: readonly string[] = [],
) {
  const source = new EventEmitter();
  const compose: ComposeSystem = async () => {
    setImmediate(() => {
      for (const signal of signals) source.emit(signal);
    });
    return { ...urls, ...idle, stop };
  };
  const run = runCli(['serve', '--config', writeConfig(text), ...argv], {}, compose, source);
  return run.then((result) => ({ ...result, listeners: source.eventNames() }));
}

const stopsAtOnce = () => Promise.resolve();
const neverStops = () => new Promise<void>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

describe('serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('stops the system on %s and ends with 0', async (signal) => {
    const stop = vi.fn(stopsAtOnce);
    const { exitCode, listeners } = await serve(goodConfig, stop, [signal]);
    expect(exitCode).toBe(0);
    expect(stop).toHaveBeenCalledOnce();
    expect(listeners).toEqual([]);
  });

  it('ends at once on a second signal', async () => {
    expect(await serve(goodConfig, neverStops, ['SIGTERM', 'SIGINT'])).toMatchObject({ exitCode: 1 });
  });

  it('ends at once on a second signal while the system still starts', async () => {
    const source = new EventEmitter();
    const compose: ComposeSystem = () => {
      setImmediate(() => {
        source.emit('SIGINT');
        source.emit('SIGINT');
      });
      return new Promise(() => {});
    };
    const argv = ['serve', '--config', writeConfig(goodConfig)];
    expect(await runCli(argv, {}, compose, source)).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('reads the configuration again on SIGHUP, and goes on', async () => {
    const source = new EventEmitter();
    const causes: string[] = [];
    const compose: ComposeSystem = async () => {
      setImmediate(() => {
        source.emit('SIGHUP');
        source.emit('SIGHUP');
        source.emit('SIGTERM');
      });
      return { ...urls, ...idle, stop: stopsAtOnce, reload: (cause) => causes.push(cause) };
    };
    const argv = ['serve', '--config', writeConfig(goodConfig)];
    expect(await runCli(argv, {}, compose, source)).toMatchObject({ exitCode: 0 });
    expect(causes).toEqual(['signal', 'signal']);
  });

  it('does a reload that was asked for while the system still started', async () => {
    const source = new EventEmitter();
    const causes: string[] = [];
    const compose: ComposeSystem = async () => {
      source.emit('SIGHUP');
      setImmediate(() => source.emit('SIGTERM'));
      return { ...urls, ...idle, stop: stopsAtOnce, reload: (cause) => causes.push(cause) };
    };
    const argv = ['serve', '--config', writeConfig(goodConfig)];
    expect(await runCli(argv, {}, compose, source)).toMatchObject({ exitCode: 0 });
    expect(causes).toEqual(['signal']);
  });

  it('stops the system and ends with 0 when the admin port asks for a drain', async () => {
    const stop = vi.fn(stopsAtOnce);
    const compose: ComposeSystem = async () => ({ ...urls, ...idle, drainAsked: Promise.resolve(), stop });
    const run = await runCli(['serve', '--config', writeConfig(goodConfig)], {}, compose);
    expect(run.exitCode).toBe(0);
    expect(stop).toHaveBeenCalledOnce();
  });

  it('gives up on a system that has not stopped in the time that it said it takes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stopping = Promise.withResolvers<void>();
    const run = serve(goodConfig, () => {
      stopping.resolve();
      return neverStops();
    }, ['SIGTERM']);
    await stopping.promise;
    let ended = false;
    const ending = run.then((result) => {
      ended = true;
      return result;
    });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await ending).toMatchObject({ exitCode: 1 });
  });

  const refused = (code: string, more: object): Error =>
    Object.assign(new Error(code), { code, syscall: 'listen', address: '127.0.0.1', ...more });
  it.each([
    [new Error('the ring is broken'), 'the ring is broken'],
    [
      refused('EADDRINUSE', { port: 7001 }),
      'data.port 127.0.0.1:7001 is in use; choose another with --set data.port=…',
    ],
    [
      refused('EADDRINUSE', { port: 7002 }),
      'admin.port 127.0.0.1:7002 is in use; choose another with --set admin.port=…',
    ],
    [
      refused('EADDRINUSE', { syscall: 'bind', port: 7001 }),
      'data.port 127.0.0.1:7001 is in use; choose another with --set data.port=…',
    ],
    [
      refused('EADDRNOTAVAIL', { port: 7002, address: '192.0.2.1' }),
      'admin.host 192.0.2.1 is no address of this machine; choose another with --set admin.host=…',
    ],
    [
      refused('ENOTFOUND', { syscall: 'getaddrinfo', address: undefined, hostname: 'nowhere.example' }),
      'data.host nowhere.example cannot be resolved; choose another with --set data.host=…',
    ],
  ])('ends with 1 and the reason when the system does not start: %s', async (error, told) => {
    const ports = ['--set', 'data.port=7001', '--set', 'admin.port=7002'];
    const argv = ['serve', '--config', writeConfig(goodConfig), ...ports];
    const run = await runCli(argv, {}, () => Promise.reject(error));
    expect(run).toEqual({ exitCode: 1, stdout: '', stderr: `weir: ${told}\n` });
  });

  it('prints the addresses as JSON when asked', async () => {
    const { stdout } = await serve(goodConfig, stopsAtOnce, ['SIGINT'], ['--json']);
    expect(JSON.parse(stdout)).toEqual(urls);
  });

  it('says on the embedded ring that nothing is kept, and how to look up 48 products and 2 that are not there', async () => {
    const { stdout } = await serve(goodConfig, stopsAtOnce, ['SIGINT']);
    expect(stdout).toContain('its rows live in memory and are lost at the end');
    expect(stdout).toContain(`data   ${urls.dataUrl}\nadmin  ${urls.adminUrl}\n`);
    const curl = stdout.split('\n').filter((line) => line.startsWith('curl '));
    expect(curl).toEqual([
      expect.stringContaining(`${urls.dataUrl}/v1/shop/products/lookup -H 'X-Weir-App: storefront'`),
    ]);
    const body = JSON.parse(/ -d '(.*)'$/.exec(curl[0] ?? '')?.[1] ?? '') as { keys: string[] };
    const rows = body.keys.map((key) => Number(/^sku-(\d+)$/.exec(key)?.[1]));
    expect(new Set(rows).size).toBe(50);
    expect(rows.filter((row) => row >= 1 && row <= 20_000)).toHaveLength(48);
  });

  it('asks only for what the seed and the bounds allow', async () => {
    const small = goodConfig.replace('{ datacenters', '{ seedRows: 3, datacenters');
    const { stdout } = await serve(`${small}bounds: { keys: 10 }\n`, stopsAtOnce, ['SIGINT']);
    expect(stdout).toContain('Look up 10 products, 7 of which do not exist');
    expect(stdout).toContain('"keys":["sku-1","sku-2","sku-3","sku-4"');
  });

  it.each([
    ['no table has a cache', '', goodConfig, false],
    ['the application fills it', 'cache: { ttl: 60s }', goodConfig, true],
    ['it only reads', 'cache: { ttl: 60s }', goodConfig.replace('class: frontend', 'class: backend'), false],
  ])('tells whether the cache will answer the second time: %s', async (_, cache, text, tells) => {
    const tables = `tables: { shop.products: { ${cache} } }\n`;
    const { stdout } = await serve(text + tables, stopsAtOnce, ['SIGINT']);
    expect(stdout.includes('the second time they come from the cache')).toBe(tells);
  });

  it('prints the addresses and nothing else with a real cluster', async () => {
    const text = goodConfig.replace(/embedded: .*/, 'contactPoints: [127.0.0.11]\n  datacenter: a');
    const { stdout } = await serve(text, stopsAtOnce, ['SIGINT']);
    expect(stdout).toBe(`data   ${urls.dataUrl}\nadmin  ${urls.adminUrl}\n`);
  });
});
