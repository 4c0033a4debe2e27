import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpCall {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, the answer's body included. */
  readonly timeoutMs: number;
  /** PEM text of the authorities to be trusted in place of the system's. */
  readonly authorities?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * - `unreachable`: nobody listens there, or the connection broke
 * - `timeout`: there was no complete answer in time
 * - `tls`: the other side did not prove to be who it should be, or speaks no TLS
 * - `too-large`: the answer is beyond what is read
 */
export type CallFailure = 'unreachable' | 'timeout' | 'tls' | 'too-large';

export class CallError extends Error {
  readonly kind: CallFailure;

  constructor(kind: CallFailure, message: string) {
    super(message);
    this.name = 'CallError';
    this.kind = kind;
  }
}

/** Above the largest answer that a Weir may be configured to give. */
const largestAnswerBytes = 272 * 1_048_576;

/** One request on a connection of its own. Rejects with a `CallError`; any status is an answer. */
export function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const { url, method, headers = {}, body, timeoutMs, authorities } = call;
  const secure = url.protocol === 'https:';
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const options = {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
    agent: false as const,
    ...(secure && authorities !== undefined ? { ca: authorities } : {}),
  };
  const onAnswer = (message: IncomingMessage): void => {
    readBody(message, url).then((text) => resolve({ status: message.statusCode ?? 0, text }), reject);
  };
  const request = secure ? requestHttps(url, options, onAnswer) : requestHttp(url, options, onAnswer);
  const timer = setTimeout(() => {
    reject(new CallError('timeout', `${url.origin} did not answer within ${timeoutMs} ms`));
    request.destroy();
  }, timeoutMs);
  request.on('error', (error) => reject(describeError(error, url)));
  request.end(body);
  return promise.finally(() => clearTimeout(timer));
}

/** Rejects with a `CallError`. */
export async function readBody(message: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > largestAnswerBytes) {
        throw new CallError('too-large', `the answer of ${url.origin} is larger than can be read`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof CallError ? error : describeError(error, url);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed before the request was sent',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved just now',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'the connection was not accepted in time',
};

/** A failure of a connection in words. */
export function describeError(error: unknown, url: URL): CallError {
  const code = codeOf(error);
  const refusal = refusals[code];
  if (refusal !== undefined) return new CallError('unreachable', `${url.origin}: ${refusal}`);
  const distrust = distrustOf(code);
  if (distrust !== undefined) return new CallError('tls', `${url.origin}: ${distrust}`);
  if (code.startsWith('HPE_')) {
    return new CallError('unreachable', `${url.origin}: this is no HTTP; does it want https?`);
  }
  return new CallError(
    'unreachable',
    `${url.origin}: the connection failed${code === '' ? '' : ` (${code})`}`,
  );
}

/** A name that resolves to several addresses fails with one error for all of them. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

function distrustOf(code: string): string | undefined {
  if (untrusted.has(code)) {
    return 'the certificate is of no trusted authority; give its authority with --ca-file';
  }
  if (code === 'CERT_HAS_EXPIRED') return 'the certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'the certificate is not valid yet';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'the certificate is for another host name';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return `TLS failed (${code}); is it a port without TLS?`;
  }
  return undefined;
}
