import type { Command } from 'commander';
import { failure, usageError } from './cli-error.ts';
import { CallError, callHttp, type HttpAnswer, type HttpCall } from './http-call.ts';
import { parseDuration } from './option-values.ts';
import { withProgress } from './progress.ts';
import { readSmallFile } from './read-small-file.ts';
import type { Surroundings } from './surroundings.ts';

/** A running Weir, as a verb was told to find it. */
export interface InstanceOptions {
  readonly url?: string;
  readonly config?: string;
  readonly caFile?: string;
  readonly timeout?: number;
}

export type Port = 'data' | 'admin';

const standardUrls = { data: 'http://127.0.0.1:8080', admin: 'http://127.0.0.1:8081' } as const;
export const standardTimeoutMs = 10_000;
const largestAuthoritiesBytes = 1_048_576;

/** The options of every verb that asks a running Weir; both ports have the same ones under another name. */
export function withInstanceOptions(
  command: Command,
  port: Port,
  timeoutText = 'how long to wait for the answer; default: 10s',
): Command {
  const flag = port === 'data' ? '--url <url>' : '--admin-url <url>';
  return command
    .option(flag, `the ${port} port of a running Weir; default: of --config, else ${standardUrls[port]}`)
    .option('-c, --config <file>', 'the configuration of that Weir, for its address')
    .option('--ca-file <file>', 'PEM file with the authority of its certificate')
    .option('--timeout <duration>', timeoutText, parseDuration);
}

export interface Call {
  /** Below the address of the port. */
  readonly path: string;
  readonly method: HttpCall['method'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Instance {
  /** Rejects with a `CallError`. */
  readonly tryCall: (call: Call) => Promise<HttpAnswer>;
  /** Rejects with a `CliError` in words where there is no answer. */
  readonly call: (call: Call) => Promise<HttpAnswer>;
  /** For a verb that reads an answer while it comes: where it is, and PEM text of whom to trust. */
  readonly urlOf: (path: string) => URL;
  readonly authorities: string | undefined;
}

/** Throws a usage error for options that cannot be, a `ConfigError` for a configuration that is refused. */
export async function findInstance(
  options: InstanceOptions,
  port: Port,
  surroundings: Surroundings,
): Promise<Instance> {
  const base = await baseUrl(options, port, surroundings);
  const authorities =
    options.caFile === undefined ? undefined : readSmallFile(options.caFile, largestAuthoritiesBytes);
  const timeoutMs = options.timeout ?? standardTimeoutMs;
  const urlOf = (path: string): URL => new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
  const tryCall = ({ path, ...call }: Call): Promise<HttpAnswer> => {
    const answer = callHttp({ ...call, url: urlOf(path), timeoutMs, authorities });
    return withProgress(surroundings, `waiting for ${base.origin}`, answer);
  };
  return {
    tryCall,
    call: (call) =>
      tryCall(call).catch((error: unknown) => {
        throw error instanceof CallError ? failure(error.message) : error;
      }),
    urlOf,
    authorities,
  };
}

async function baseUrl({ url, config: file }: InstanceOptions, port: Port, surroundings: Surroundings) {
  if (url !== undefined) return checkUrl(url);
  if (file === undefined) return new URL(standardUrls[port]);
  const { loadConfig } = await import('../config/load.ts');
  const config = loadConfig({ file, env: surroundings.env, flags: [] });
  const { host, port: number, tls } = config[port];
  if (number === 0) throw usageError(`${port}.port is 0 there, any free one; give the address itself`);
  return new URL(`${tls === undefined ? 'http' : 'https'}://${reachableHost(host)}:${number}`);
}

/** An instance that listens on every address is asked on loopback. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function checkUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageError('the address of a Weir has the form http://HOST:PORT or https://HOST:PORT');
  }
  if (url.username !== '' || url.password !== '') {
    throw usageError('a credential has no place in an address; see --help for where it goes');
  }
  if (url.search !== '' || url.hash !== '') throw usageError('the address of a Weir has no ? and no #');
  return url;
}
