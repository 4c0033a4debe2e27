import cluster from 'node:cluster';
import { systemClock } from '../adapters/node/clock.ts';
import type { ToPrimary } from './messages.ts';
import { linkToPrimary, type PrimaryChannel, type WorkerLink } from './worker-link.ts';

/** The link to the process that started this one as a worker; undefined where none did. */
export async function linkThisProcess(): Promise<WorkerLink | undefined> {
  return cluster.isWorker ? linkToPrimary(channel, systemClock) : undefined;
}

/** When the primary is gone, Node ends this process by itself. */
const channel: PrimaryChannel = {
  send: (message: ToPrimary) =>
    new Promise((resolve) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
      else resolve();
    }),
  listen: (onMessage) => void process.on('message', onMessage),
};
