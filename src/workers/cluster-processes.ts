import cluster from 'node:cluster';
import { once } from 'node:events';
import { systemClock } from '../adapters/node/clock.ts';
import { Supervisor, type SupervisorParts } from './supervisor.ts';
import type { StartProcess } from './worker-process.ts';

/** Workers that run this program with these arguments; none is started yet. */
export function superviseProcesses(
  argv: readonly string[],
  parts: Omit<SupervisorParts, 'startProcess' | 'clock'>,
): Supervisor {
  return new Supervisor({ ...parts, startProcess: createClusterProcesses(argv), clock: systemClock });
}

/**
 * Processes that share the ports. The primary accepts each connection and hands it to a worker that is free: one that
 * ends refuses it, and the next one gets it, so that none is lost; and one that hangs holds back one connection, not
 * its share of all.
 */
function createClusterProcesses(argv: readonly string[]): StartProcess {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // In JSON, values of metrics that are no numbers would become null.
  cluster.setupPrimary({ args: [...argv], serialization: 'advanced' });
  return ({ onMessage, onExit }) => {
    const worker = cluster.fork();
    worker.on('message', onMessage);
    // Both, in either order: what it said last may still be in the channel when its exit is known.
    const exit = once(worker, 'exit') as Promise<[number | null]>;
    const silence = once(worker, 'disconnect');
    void Promise.all([exit, silence]).then(([[code]]) => onExit(code));
    return {
      pid: worker.process.pid ?? 0,
      send: (message) => {
        if (worker.isConnected()) worker.send(message, () => {});
      },
      kill: () => void worker.process.kill('SIGKILL'),
    };
  };
}
