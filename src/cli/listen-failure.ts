import type { Config } from '../config/config.ts';
import { type CliError, failure } from './cli-error.ts';

interface ListenError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly address?: unknown;
  readonly hostname?: unknown;
  readonly port?: unknown;
}

/** What to do about a port that cannot be listened on; undefined for any other error. */
export function listenFailure(error: unknown, { data, admin }: Config): CliError | undefined {
  const { code, syscall, address, hostname, port }: ListenError = Object(error);
  const named = (setting: 'host' | 'port'): string => {
    const host = address ?? hostname;
    const byHost = port === undefined || data.port === admin.port;
    const isAdmin = byHost ? host === admin.host && host !== data.host : port === admin.port;
    return `${isAdmin ? 'admin' : 'data'}.${setting}`;
  };
  if (syscall === 'getaddrinfo') {
    const name = named('host');
    return failure(`${name} ${String(hostname)} cannot be resolved; choose another with --set ${name}=…`);
  }
  // A worker's port is bound by another process.
  if (syscall !== 'listen' && syscall !== 'bind') return undefined;
  if (code === 'EADDRINUSE') {
    const name = named('port');
    return failure(`${name} ${at(address, port)} is in use; choose another with --set ${name}=…`);
  }
  if (code === 'EACCES') {
    const name = named('port');
    return failure(
      `${name} ${at(address, port)} may not be listened on by this user; --set ${name}=… with one above 1023`,
    );
  }
  if (code === 'EADDRNOTAVAIL') {
    const name = named('host');
    return failure(
      `${name} ${String(address)} is no address of this machine; choose another with --set ${name}=…`,
    );
  }
  return undefined;
}

function at(address: unknown, port: unknown): string {
  const host = String(address);
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
