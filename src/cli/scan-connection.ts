import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CallError, describeError, type HttpAnswer, readBody } from './http-call.ts';

export interface ScanQuestion {
  readonly url: URL;
  readonly authorities: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the connection when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

export type OpenedScan =
  | { readonly kind: 'stream'; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly kind: 'refused'; readonly answer: HttpAnswer };

/** A scan may wait for its units for five minutes, and says nothing meanwhile. */
const longestSilenceMs = 330_000;

/**
 * One scan on a connection of its own. Nothing is read that nobody takes: who reads slowly slows the scan. Rejects with
 * a `CallError`, and so do the chunks of a connection that breaks or falls silent.
 */
export function openScan(question: ScanQuestion): Promise<OpenedScan> {
  const { url, authorities, headers, body, signal } = question;
  const { promise, resolve, reject } = Promise.withResolvers<OpenedScan>();
  const secure = url.protocol === 'https:';
  const options = {
    method: 'POST',
    headers: {
      accept: 'application/x-ndjson, application/problem+json',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    agent: false as const,
    signal,
    ...(secure && authorities !== undefined ? { ca: authorities } : {}),
  };
  const onAnswer = (message: IncomingMessage): void => {
    const { statusCode: status = 0 } = message;
    if (status === 200) {
      clearTimeout(timer);
      resolve({ kind: 'stream', chunks: chunksOf(message, url) });
      return;
    }
    readBody(message, url)
      .finally(() => clearTimeout(timer))
      .then((text) => resolve({ kind: 'refused', answer: { status, text } }), reject);
  };
  const request = secure ? requestHttps(url, options, onAnswer) : requestHttp(url, options, onAnswer);
  const timer = setTimeout(() => {
    reject(silent(url));
    request.destroy();
  }, longestSilenceMs);
  request.on('error', (error) => {
    clearTimeout(timer);
    reject(describeError(error, url));
  });
  request.end(body);
  return promise;
}

async function* chunksOf(message: IncomingMessage, url: URL): AsyncGenerator<Uint8Array> {
  const wait = (): NodeJS.Timeout => setTimeout(() => message.destroy(silent(url)), longestSilenceMs);
  let timer = wait();
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      // The time that the reader of the rows takes is not the other side's.
      clearTimeout(timer);
      yield chunk;
      timer = wait();
    }
  } catch (error) {
    throw error instanceof CallError ? error : describeError(error, url);
  } finally {
    clearTimeout(timer);
  }
}

function silent(url: URL): CallError {
  return new CallError('timeout', `${url.origin} has been silent for ${longestSilenceMs / 1_000} s`);
}
