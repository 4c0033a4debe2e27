import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { JobCounts, JobMessage, JobOrder, JobPlan } from './job-plan.ts';

export interface JobSample extends JobCounts {
  /** On the clock of this process. */
  readonly atMs: number;
}

const script = new URL('./job-process.ts', import.meta.url);
const readyTimeoutMs = 60_000;

/** A job in a process of its own, and what it has told so far. */
export class JobRun {
  readonly #samples: JobSample[] = [];
  #child: ChildProcess | undefined;
  #failure: string | undefined;
  #stopped = false;

  get samples(): readonly JobSample[] {
    return this.#samples;
  }

  /** Once; done when it could begin. Whoever calls it calls `stop`, also after a failure. */
  async prepare(plan: JobPlan): Promise<void> {
    // An interrupt may stop what is only about to start.
    if (this.#stopped) throw new Error('the job was stopped');
    const child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    await new Promise<void>((fulfil, reject) => {
      const giveUp = setTimeout(() => reject(new Error('the job did not get ready')), readyTimeoutMs);
      child.once('exit', () => this.#fail('it ended early'));
      child.on('message', (message: JobMessage) => {
        if (message.kind === 'ready') fulfil();
        this.#hear(message);
        if (this.#failure !== undefined) reject(this.#error());
      });
      child.once('exit', () => reject(this.#error()));
      child.once('message', () => clearTimeout(giveUp));
      this.#send({ kind: 'prepare', plan });
    });
  }

  begin(): void {
    this.#send({ kind: 'begin' });
  }

  /** Throws where the job has come to an end by itself: what was measured since was measured without it. */
  check(): void {
    if (this.#failure !== undefined) throw this.#error();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  #hear(message: JobMessage): void {
    if (message.kind === 'failed') this.#fail(message.reason);
    if (message.kind === 'counts') this.#samples.push({ atMs: performance.now(), ...message.counts });
  }

  #fail(reason: string): void {
    if (!this.#stopped) this.#failure ??= reason;
  }

  #error(): Error {
    return new Error(`the job failed: ${this.#failure ?? 'it was stopped'}`);
  }

  #send(order: JobOrder): void {
    this.#child?.send(order);
  }
}
