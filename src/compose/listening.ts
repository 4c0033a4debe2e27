import { type AddressInfo, Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Identity } from '../config/config.ts';
import type { Clock } from '../core/ports.ts';

/** Returns the address that the port can be asked at. */
export async function listen(
  app: FastifyInstance,
  at: { readonly host: string; readonly port: number; readonly tls?: Identity },
): Promise<string> {
  await app.listen({ host: at.host, port: at.port });
  const { address, family, port } = app.server.address() as AddressInfo;
  const scheme = at.tls === undefined ? 'http' : 'https';
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/**
 * Takes no new connections, and serves those that are there: a caller that is just about to send on one would be cut off
 * by a port that closes. Resolves when the last is gone, at the latest after `timeoutMs`. The port is closed afterwards
 * all the same.
 */
export async function stopAccepting(app: FastifyInstance, timeoutMs: number, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(timeoutMs, resolve);
    // The `close` of an HTTP server would end idle connections too.
    Server.prototype.close.call(app.server, () => {
      cancel();
      resolve();
    });
  });
}

/** Closes a port: what is under way is answered, and whatever is still open after `timeoutMs` is cut. */
export async function closePort(app: FastifyInstance, timeoutMs: number, clock: Clock): Promise<void> {
  const cancel = clock.after(timeoutMs, () => app.server.closeAllConnections());
  try {
    await app.close();
  } catch (error) {
    // It has taken no connections for a while already.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SERVER_NOT_RUNNING') throw error;
  } finally {
    cancel();
  }
}
