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

/** For the framework's `https`: TLS 1.2 or later. Null: plain HTTP. */
export function tlsOptions(identity: Identity | undefined) {
  if (identity === undefined) return null;
  const { cert, key } = identity;
  return { cert, key, minVersion: 'TLSv1.2', handshakeTimeout: handshakeTimeoutMs } as const;
}

/** For new connections; those that stand keep the certificate that they were opened with. Throws for a plain HTTP port. */
export function replaceIdentity(app: FastifyInstance, { cert, key }: Identity): void {
  const server = app.server as Server;
  if (!(server instanceof TlsServer)) throw new Error('the port was opened without TLS');
  server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}
