import { pino } from 'pino';
import {
  protocolVersion,
  type StartOrders,
  type ToPrimary,
  type ToWorker,
} from '../../../src/workers/messages.ts';
import { Supervisor } from '../../../src/workers/supervisor.ts';
import type { StartProcess, WorkerListener } from '../../../src/workers/worker-process.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

/** A worker that does what its script says. */
export interface FakeWorker {
  readonly pid: number;
  /** When it was started. */
  readonly atMs: number;
  readonly heard: ToWorker[];
  readonly orders: StartOrders | undefined;
  readonly alive: boolean;
  say(message: ToPrimary): void;
  /** Ends, as if by itself. */
  end(status: number | null): void;
}

/** What each worker does with what it hears; the standard one is well. */
export type Script = (worker: FakeWorker, message: ToWorker, clock: FakeClock) => void;

export const addresses = { dataUrl: 'http://127.0.0.1:1', adminUrl: 'http://127.0.0.1:2' };

/** Listens and is ready at once, answers with its pid, ends when told to. */
export const well: Script = (worker, message) => {
  if (message.kind === 'start') {
    worker.say({ kind: 'status', status: { ready: true, longestStopMs: 20_000 } });
    worker.say({ kind: 'listening', ...addresses });
  } else if (message.kind === 'question') {
    worker.say({ kind: 'answer', id: message.id, value: worker.pid });
  } else if (message.kind === 'stop') {
    worker.end(0);
  }
};

export function createSupervised(workers: number, script: (worker: FakeWorker) => Script = () => well) {
  const clock = createFakeClock();
  const started: FakeWorker[] = [];
  const startProcess: StartProcess = (listener) => {
    const worker = createFakeWorker(started.length + 1, listener, clock, script);
    started.push(worker.worker);
    return worker.process;
  };
  const lines: Record<string, unknown>[] = [];
  const supervisor = new Supervisor({
    cursorKey: 'key',
    workers,
    ports: { data: { host: '127.0.0.1', port: 0 }, admin: { host: '127.0.0.1', port: 0 } },
    startProcess,
    clock,
    logger: pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) }),
  });
  const messages = () => lines.map(({ msg }) => msg);
  return { clock, supervisor, started, lines, messages };
}

function createFakeWorker(
  pid: number,
  { onMessage, onExit }: WorkerListener,
  clock: FakeClock,
  script: (worker: FakeWorker) => Script,
) {
  let alive = true;
  const heard: ToWorker[] = [];
  const worker: FakeWorker = {
    pid,
    atMs: clock.nowMs(),
    heard,
    get orders() {
      return heard.find((message) => message.kind === 'start')?.orders;
    },
    get alive() {
      return alive;
    },
    say: (message) => void (alive && onMessage(structuredClone(message))),
    end(status) {
      if (!alive) return;
      alive = false;
      clock.after(0, () => onExit(status));
    },
  };
  clock.after(0, () => worker.say({ kind: 'hello', protocolVersion }));
  const send = (message: ToWorker): void => {
    heard.push(message);
    clock.after(0, () => {
      if (alive) script(worker)(worker, message, clock);
    });
  };
  return { worker, process: { pid, send, kill: () => worker.end(null) } };
}
