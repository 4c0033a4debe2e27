import { Agent, type IncomingMessage, request } from 'node:http';
import type { Item } from './dataset.ts';
import { HttpClient } from './http-client.ts';
import type { JobPlan, JobWay } from './job-plan.ts';
import { ScanLineCounter } from './job-scan-lines.ts';
import type { JobSplit, JobWork, WriteOutcome } from './job-work.ts';

const json = 'application/json';
/** As long as the configuration lets a request last. */
const timeoutMs = 10_000;
/** A scan that its limit holds back says nothing for long. */
const silenceMs = 120_000;
const keptCharacters = 500;

interface WriteAnswer {
  readonly summary?: { readonly written: number; readonly error: number; readonly unprocessed: number };
  readonly retryAfterMs?: number;
}

/** A job that asks a Weir for splits, scans them and writes through it, and waits where it is told to. */
export class WeirWork implements JobWork {
  readonly #plan: JobPlan;
  readonly #way: Extract<JobWay, { kind: 'weir' }>;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #http: HttpClient;

  constructor(plan: JobPlan, way: Extract<JobWay, { kind: 'weir' }>) {
    this.#plan = plan;
    this.#way = way;
    this.#http = new HttpClient(plan.writers + 1);
  }

  async open(): Promise<readonly JobSplit[]> {
    const url = this.#url(this.#plan.sourceTable, `splits?target=${this.#plan.splits}`);
    const body = await new Promise<Buffer>((resolve, reject) => {
      const outgoing = request(url, { headers: this.#headers() }, (incoming) => {
        readAll(incoming).then(resolve, reject);
      });
      outgoing.once('error', reject).end();
    });
    const { splits } = JSON.parse(body.toString()) as { readonly splits?: readonly JobSplit[] };
    if (splits === undefined) throw new Error(`no splits: ${headOf(body)}`);
    return splits.map(({ start, end }) => ({ start, end }));
  }

  async scan({ start, end }: JobSplit, onRows: (count: number) => void): Promise<void> {
    const { pageSize } = this.#plan;
    let cursor: string | undefined;
    do {
      const lines = await this.#stream(
        { range: { start, end }, pageSize, ...(cursor === undefined ? {} : { cursor }) },
        onRows,
      );
      const { end: last, error } = lines.end();
      if (error !== undefined) throw new Error(`a scan failed: ${error.type}`);
      cursor = last.complete ? undefined : last.cursor;
    } while (cursor !== undefined);
  }

  async write(rows: readonly Item[]): Promise<WriteOutcome> {
    const body = JSON.stringify({ rows: rows.map((values) => ({ values })), consistency: 'LOCAL_QUORUM' });
    const headers = { ...this.#headers(), prefer: `wait=${timeoutMs / 1_000}` };
    const answer = await this.#http.post(this.#url(this.#plan.targetTable, 'write'), headers, body);
    if (answer.status !== 200 && answer.status !== 429) {
      throw new Error(`a write was answered ${answer.status}: ${headOf(answer.body)}`);
    }
    const { summary, retryAfterMs } = JSON.parse(answer.body.toString()) as WriteAnswer;
    if ((summary?.error ?? 0) > 0) throw new Error(`of a write ${summary?.error} rows failed`);
    const written = summary?.written ?? 0;
    if (written === rows.length) return { written };
    return { written, retryAfterMs: retryAfterMs ?? 0 };
  }

  /** Done when the answer has ended. */
  #stream(body: object, onRows: (count: number) => void): Promise<ScanLineCounter> {
    return new Promise((resolve, reject) => {
      const url = this.#url(this.#plan.sourceTable, 'scan');
      const options = { method: 'POST', headers: this.#headers(), agent: this.#agent, timeout: silenceMs };
      const outgoing = request(url, options, (incoming) => {
        if (incoming.statusCode !== 200) {
          readAll(incoming).then((text) => {
            reject(new Error(`a scan was answered ${incoming.statusCode}: ${headOf(text)}`));
          }, reject);
          return;
        }
        const lines = new ScanLineCounter(onRows);
        incoming.on('data', (chunk: Buffer) => lines.add(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => resolve(lines));
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error('a scan says nothing')));
      outgoing.once('error', reject);
      outgoing.end(JSON.stringify(body));
    });
  }

  #url(table: string, rest: string): URL {
    return new URL(`/v1/${this.#plan.keyspace}/${table}/${rest}`, this.#way.dataUrl);
  }

  #headers() {
    return {
      'content-type': json,
      'x-weir-app': this.#way.application,
      'x-request-timeout-ms': String(timeoutMs),
    };
  }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function headOf(body: Buffer): string {
  return body.toString('utf8', 0, keptCharacters);
}
