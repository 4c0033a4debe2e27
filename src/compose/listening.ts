import type { AddressInfo } from 'node:net';
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

/** Closes a port: what is under way is answered, and whatever is still open after `timeoutMs` is cut. */
export async function closePort(app: FastifyInstance, timeoutMs: number, clock: Clock): Promise<void> {
  const cancel = clock.after(timeoutMs, () => app.server.closeAllConnections());
  try {
    await app.close();
  } finally {
    cancel();
  }
}
