import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Supervisor } from '../workers/supervisor.ts';
import type { WorkerLink } from '../workers/worker-link.ts';

/** How `serve` comes to several processes; tests hand in one of their own. */
export interface WorkersAccess {
  /** Where another process has started this one as its worker. */
  link(): Promise<WorkerLink | undefined>;
  /** Of the configured workers, each this program with these arguments. Starts none yet. */
  supervisor(config: Config, argv: readonly string[], logger: Logger): Promise<Supervisor>;
}

/** Loads Node's cluster module only where there are several processes. */
export const workersAccess: WorkersAccess = {
  async link() {
    if (process.send === undefined) return undefined;
    const { linkThisProcess } = await import('../workers/process-channel.ts');
    return linkThisProcess();
  },
  async supervisor({ workers, data, admin }, argv, logger) {
    const { superviseProcesses } = await import('../workers/cluster-processes.ts');
    const ports = {
      data: { host: data.host, port: data.port },
      admin: { host: admin.host, port: admin.port },
    };
    return superviseProcesses(argv, { workers, ports, logger });
  },
};
