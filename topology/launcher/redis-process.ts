import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { LauncherError } from './launcher-error.ts';

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** CPU time of the process since its start, in seconds. */
  cpuSeconds(): number;
  /** Sends one command on a connection of its own; rejects with what Redis says against it. */
  command(name: string, ...words: readonly string[]): Promise<unknown>;
  pause(): void;
  resume(): void;
  /** At once, without a farewell to anybody. */
  kill(): Promise<void>;
  /** After `kill`, on the same port; with what it had saved, if it saves. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;
const pollMs = 20;
const running = new Set<RedisProcess>();

// Whoever forgets to stop, or fails before it could, leaves nothing behind.
process.once('exit', () => {
  for (const server of running) server.endNow();
});

/** A server with its folder; `argsIn` gives its arguments and may write files into the folder. */
export class RedisProcess implements RedisServer {
  readonly host: string;
  readonly port: number;
  readonly #program: string;
  readonly #argsIn: (folder: string) => readonly string[];
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'weir-redis-'));
  #child: ChildProcess | undefined;

  constructor(host: string, port: number, program: string, argsIn: (folder: string) => readonly string[]) {
    this.host = host;
    this.port = port;
    this.#program = program;
    this.#argsIn = argsIn;
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new LauncherError(`${this.#program} does not run`);
    return pid;
  }

  async start(): Promise<void> {
    const args = this.#argsIn(this.#folder);
    const child = spawn(this.#program, args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    this.#child = child;
    running.add(this);
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    child.once('error', () => {
      ended = true;
    });
    try {
      await until(`${this.#program} answers on port ${this.port}`, async () => {
        if (ended) throw new LauncherError(`${this.#program} ended at once: ${said.trim()}`);
        return (await this.command('PING').catch(() => '')) === 'PONG';
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // utime and stime, in hundredths of a second on every Linux.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async command(name: string, ...words: readonly string[]): Promise<unknown> {
    const redis = new Redis(this.port, this.host, {
      protocol: 2,
      lazyConnect: true,
      // A Sentinel, and a replica that still loads, are asked as well.
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: null,
      commandTimeout: 5_000,
    });
    redis.on('error', () => {});
    try {
      await redis.connect();
      return await redis.call(name, ...words);
    } finally {
      redis.disconnect();
    }
  }

  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await gone;
    this.#child = undefined;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.kill();
    running.delete(this);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  endNow(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Asks until it holds; throws a `LauncherError` that says what did not. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + startTimeoutMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAtMs)
      throw new LauncherError(`in ${startTimeoutMs / 1_000} s it was not so that ${what}`);
    await delay(pollMs);
  }
}
