/** What a batch job asks of a running Weir over HTTP, reading a stream no faster than it wants to. */
import http from 'node:http';

export type JobRow = Readonly<Record<string, unknown>>;

export interface ScanLine {
  readonly row?: JobRow;
  readonly checkpoint?: { readonly cursor: string; readonly rows: number };
  readonly end?: { readonly rows: number; readonly complete: boolean; readonly cursor?: string };
  readonly error?: { readonly type: string; readonly cursor?: string; readonly restart?: object };
}

/** A scan whose head has come. */
export interface OpenScan {
  readonly status: number;
  /** Undefined after the last. Rejects where the connection ends in mid-stream. */
  next(): Promise<ScanLine | undefined>;
  /** Lines until so many rows have come; fewer where the stream ends before. */
  rows(count: number): Promise<readonly ScanLine[]>;
  rest(): Promise<readonly ScanLine[]>;
  /** Breaks the connection. */
  cut(): void;
}

export interface ToldSplit {
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly owners: readonly string[];
}

export interface WriteReply {
  readonly status: number;
  readonly results: readonly { readonly status: string; readonly error?: { readonly type: string } }[];
}

export interface JobCalls {
  splits(target: number): Promise<readonly ToldSplit[]>;
  /** Resolves with the head of the answer; whatever is no stream has its problem as the only line. */
  openScan(body: object, timeoutMs?: number): Promise<OpenScan>;
  /** All lines of a scan. */
  scan(body: object): Promise<readonly ScanLine[]>;
  write(body: object, timeoutMs?: number): Promise<WriteReply>;
}

/** As an application that is trusted, on one table: `keyspace/table`. */
export function jobCalls(dataUrl: string, application: string, table: string): JobCalls {
  const headers = { 'x-weir-app': application, 'content-type': 'application/json' };
  const url = (what: string): string => `${dataUrl}/v1/${table}/${what}`;
  const openScan: JobCalls['openScan'] = (body, timeoutMs = 5_000) =>
    new Promise((resolve, reject) => {
      const timed = { ...headers, 'x-request-timeout-ms': String(timeoutMs) };
      const request = http.request(url('scan'), { method: 'POST', headers: timed, agent: false });
      request.once('error', reject);
      request.once('response', (response) => resolve(readScan(response)));
      request.end(JSON.stringify(body));
    });
  return {
    openScan,
    async scan(body) {
      return (await openScan(body)).rest();
    },
    async splits(target) {
      const response = await fetch(url(`splits?target=${target}`), { headers });
      return ((await response.json()) as { splits: readonly ToldSplit[] }).splits;
    },
    async write(body, timeoutMs = 5_000) {
      const response = await fetch(url('write'), {
        method: 'POST',
        headers: { ...headers, 'x-request-timeout-ms': String(timeoutMs) },
        body: JSON.stringify(body),
      });
      return { ...((await response.json()) as Omit<WriteReply, 'status'>), status: response.status };
    },
  };
}

function readScan(response: http.IncomingMessage): OpenScan {
  const lines = linesOf(response);
  const next = async (): Promise<ScanLine | undefined> => (await lines.next()).value;
  const take = async (rows: number): Promise<readonly ScanLine[]> => {
    const taken: ScanLine[] = [];
    for (let left = rows; left > 0; ) {
      const line = await next();
      if (line === undefined) break;
      taken.push(line);
      if (line.row !== undefined) left -= 1;
    }
    return taken;
  };
  return {
    status: response.statusCode ?? 0,
    next,
    rows: take,
    rest: () => take(Number.POSITIVE_INFINITY),
    cut: () => void response.destroy(),
  };
}

/** Takes no more from the socket than is read here, beyond a buffer of some 10 KiB. */
async function* linesOf(response: http.IncomingMessage): AsyncGenerator<ScanLine, undefined> {
  let open = '';
  response.setEncoding('utf8');
  for await (const piece of response) {
    const parts = `${open}${piece as string}`.split('\n');
    open = parts.pop() ?? '';
    for (const part of parts) yield JSON.parse(part) as ScanLine;
  }
  if (open !== '') yield JSON.parse(open) as ScanLine;
  return undefined;
}

export function rowsOf(lines: readonly ScanLine[]): readonly JobRow[] {
  return lines.flatMap(({ row }) => (row === undefined ? [] : [row]));
}

/** Throws unless exactly one line tells the end, and it is the last. */
export function lastLine(lines: readonly ScanLine[]): ScanLine {
  const endings = lines.filter(({ end, error }) => end !== undefined || error !== undefined);
  const last = lines.at(-1);
  if (endings.length !== 1 || last === undefined || endings[0] !== last) {
    throw new Error(`${endings.length} last lines, and the last is ${JSON.stringify(last)}`);
  }
  return last;
}

/** Where the newest checkpoint says to go on, and the rows until there. */
export function checkpointOf(lines: readonly ScanLine[]): {
  readonly cursor: string;
  readonly rows: readonly JobRow[];
} {
  const at = lines.findLastIndex(({ checkpoint }) => checkpoint !== undefined);
  const cursor = lines[at]?.checkpoint?.cursor;
  if (cursor === undefined) throw new Error('there was no checkpoint');
  return { cursor, rows: rowsOf(lines.slice(0, at)) };
}
