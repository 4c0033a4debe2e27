import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../adapters/node/clock.ts';
import { Supervisor, type SupervisorParts } from './supervisor.ts';
import type { StartProcess } from './worker-process.ts';

/** Workers that run this program with these arguments; none is started yet. */
export function superviseProcesses(
  argv: readonly string[],
  parts: Omit<SupervisorParts, 'startProcess' | 'clock' | 'cursorKey'>,
): Supervisor {
  return new Supervisor({
    ...parts,
    cursorKey: randomBytes(32).toString('hex'),
    startProcess: createClusterProcesses(argv),
    clock: systemClock,
  });
}

/** What a worker said last is read within this time after its exit, or never. */
const lastWordsMs = 500;

/**
 * Processes that share the sockets of the ports, and accept by themselves. Nothing is handed over: a worker that is
 * killed, ends or hangs leaves the connections that it has not accepted to the others.
 */
function createClusterProcesses(argv: readonly string[]): StartProcess {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // In JSON, values of metrics that are no numbers would become null.
  cluster.setupPrimary({ args: [...argv], serialization: 'advanced' });
  return ({ onMessage, onExit }) => {
    const worker = cluster.fork();
    worker.on('message', onMessage);
    const silence = new Promise<void>((resolve) => void worker.once('disconnect', resolve));
    // A process that cannot be started has an error in place of an exit.
    worker.on('error', () => {
      if (worker.process.pid === undefined) onExit(1);
    });
    worker.once('exit', async (code: number | null) => {
      // What it said last may still be in the channel. One that dies with a handle on its way to it never disconnects.
      await Promise.race([silence, delay(lastWordsMs)]);
      onExit(code);
    });
    return {
      pid: worker.process.pid ?? 0,
      send: (message) => {
        if (worker.isConnected() && !worker.isDead()) worker.send(message, () => {});
      },
      kill: () => void worker.process.kill('SIGKILL'),
    };
  };
}
