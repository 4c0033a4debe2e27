import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import {
  cpuSecondsOf,
  identifyProcess,
  type ProcessIdentity,
} from '../topology/launcher/process-identity.ts';
import { HttpClient } from './http-client.ts';

export interface WeirOptions {
  /** The configuration file, as a user would write it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Arguments of Node, before the script. */
  readonly nodeArguments?: readonly string[];
}

const mainScript = resolve(import.meta.dirname, '../src/main.ts');
const readyTimeoutMs = 60_000;
const endTimeoutMs = 15_000;
const pollMs = 100;
/** What is kept of the log for an error message. */
const keptLogCharacters = 4_000;

/** A Weir of its own, started from the command line as anyone would. */
export class WeirProcess {
  readonly #options: WeirOptions;
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  #identity: ProcessIdentity | undefined;
  #addresses: { readonly dataUrl: string; readonly adminUrl: string } | undefined;
  #log = '';
  #stopped = false;

  constructor(options: WeirOptions) {
    this.#options = options;
  }

  get dataUrl(): string {
    return this.#started().dataUrl;
  }

  get adminUrl(): string {
    return this.#started().adminUrl;
  }

  /** Once; done when it says that it is ready. Whoever calls it calls `stop`, also after a failure. */
  async start(): Promise<void> {
    // An interrupt may stop what is only about to start.
    if (this.#stopped) throw new Error('Weir was stopped');
    const directory = mkdtempSync(join(tmpdir(), 'weir-loadtest-'));
    try {
      const file = join(directory, 'weir.yaml');
      writeFileSync(file, stringify(this.#options.settings));
      const { nodeArguments = [] } = this.#options;
      const args = [...nodeArguments, mainScript, 'serve', '--config', file, '--json'];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      this.#child = child;
      if (child.pid !== undefined) this.#identity = identifyProcess(child.pid);
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-keptLogCharacters);
      });
      this.#addresses = await this.#readAddresses(child);
      await this.#waitUntilReady(this.#addresses.adminUrl);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  get pid(): number {
    const { pid } = this.#child ?? {};
    if (pid === undefined) throw new Error('Weir was not started');
    return pid;
  }

  /** User and system time since the start. */
  cpuSeconds(): number {
    const seconds = this.#identity === undefined ? undefined : cpuSecondsOf(this.#identity);
    if (seconds === undefined) throw this.#failure('Weir is gone');
    return seconds;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
    await ended;
    clearTimeout(kill);
  }

  #started(): { readonly dataUrl: string; readonly adminUrl: string } {
    if (this.#addresses === undefined) throw new Error('Weir was not started');
    return this.#addresses;
  }

  #readAddresses(child: ChildProcessByStdio<null, Readable, Readable>) {
    return new Promise<{ dataUrl: string; adminUrl: string }>((fulfil, reject) => {
      let text = '';
      const giveUp = setTimeout(
        () => reject(this.#failure('Weir did not say where it listens')),
        readyTimeoutMs,
      );
      const fail = (reason: string) => {
        clearTimeout(giveUp);
        reject(this.#failure(reason));
      };
      child.once('error', (error) => fail(`Weir did not start (${error.message})`));
      child.once('exit', (code, signal) => fail(`Weir ended early (${signal ?? `exit code ${code}`})`));
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        if (text.includes('\n')) return;
        text += part;
        if (!text.includes('\n')) return;
        clearTimeout(giveUp);
        fulfil(JSON.parse(text) as { dataUrl: string; adminUrl: string });
      });
    });
  }

  async #waitUntilReady(adminUrl: string): Promise<void> {
    const http = new HttpClient(1);
    const giveUpAtMs = performance.now() + readyTimeoutMs;
    try {
      while ((await http.get(new URL('/readyz', adminUrl))).status !== 200) {
        if (performance.now() > giveUpAtMs) throw this.#failure('Weir did not become ready');
        await delay(pollMs);
      }
    } finally {
      http.close();
    }
  }

  #failure(reason: string): Error {
    return new Error(this.#log === '' ? reason : `${reason}; its log ends with\n${this.#log.trimEnd()}`);
  }
}
