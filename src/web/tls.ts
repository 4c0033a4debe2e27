import type { Server } from 'node:https';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';

/** A certificate with its chain, and its key; PEM texts. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A caller that connects and says nothing does not hold its place for longer. */
const handshakeTimeoutMs = 10_000;

/** A request without `Host` is left to `refuseUnclearHost`: Node's own refusal has no body and no request id. */
const hostOption = { requireHostHeader: false } as const;

/** Options of the framework: TLS 1.2 or later, or plain HTTP. Its types know `http` and `https` only apart. */
export function serverOptions(identity: Identity | undefined) {
  const plain = { http: hostOption, https: null };
  if (identity === undefined) return plain as { readonly https: null };
  const { cert, key } = identity;
  const tls = { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: handshakeTimeoutMs } as const;
  return { https: { ...hostOption, ...tls } };
}

/** For new connections; those that stand keep the certificate that they were opened with. Throws for a plain HTTP port. */
export function replaceIdentity(app: FastifyInstance, { cert, key }: Identity): void {
  const server = app.server as Server;
  if (!(server instanceof TlsServer)) throw new Error('the port was opened without TLS');
  server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
