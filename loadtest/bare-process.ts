import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
  cpuSecondsOf,
  identifyProcess,
  type ProcessIdentity,
} from '../topology/launcher/process-identity.ts';

const script = resolve(import.meta.dirname, 'variants/bare-fastify.ts');

/** The server of `variants/bare-fastify.ts`, with the pieces that it is to answer with by key. */
export class BareProcess {
  #child: ChildProcessByStdio<null, Readable, null> | undefined;
  #identity: ProcessIdentity | undefined;
  #url: URL | undefined;

  get url(): URL {
    if (this.#url === undefined) throw new Error('the bare server was not started');
    return this.#url;
  }

  /** Whoever calls it calls `stop`, also after a failure. */
  async start(pieces: ReadonlyMap<string, string>): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'weir-loadtest-'));
    try {
      const file = join(directory, 'pieces.json');
      writeFileSync(file, JSON.stringify([...pieces]));
      const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      this.#child = child;
      if (child.pid !== undefined) this.#identity = identifyProcess(child.pid);
      const told: unknown[] = await Promise.race([
        once(child.stdout.setEncoding('utf8'), 'data'),
        once(child, 'exit').then(() => []),
      ]);
      if (told.length === 0) throw new Error('the bare server did not start');
      const { url } = JSON.parse(String(told[0])) as { readonly url: string };
      this.#url = new URL('/lookup', url);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** User and system time since the start. */
  cpuSeconds(): number {
    const seconds = this.#identity === undefined ? undefined : cpuSecondsOf(this.#identity);
    if (seconds === undefined) throw new Error('the bare server is gone');
    return seconds;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}
