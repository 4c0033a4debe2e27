/**
 * Counts the products of each category and sums up their prices, with a driver of its own: the rows come straight from
 * Cassandra, and each page is paid for with a permit of Weir, so that it counts as a scan through Weir would.
 *
 *   node permits-job.mjs --contact-point 127.0.0.11 --datacenter us-east-1-backend --application nightly-report
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import cassandra from 'cassandra-driver';

const { values: options } = parseArgs({
  options: {
    weir: { type: 'string', default: 'http://127.0.0.1:8080' },
    application: { type: 'string' },
    'credential-file': { type: 'string' },
    'contact-point': { type: 'string', multiple: true, default: ['127.0.0.11'] },
    datacenter: { type: 'string', default: 'us-east-1-backend' },
  },
});

/** Most rows of a page. It should be read well within the second that a permit holds. */
const pageRows = 1_000;
/** What the job can use in a second. */
const unitsWanted = 5_000;
const marginMs = 300;
const refillMs = 200;
const sessionSeconds = 60;
const renewalMs = 20_000;
/** Without a success for so long, the job gives up. */
const patienceMs = 300_000;
const worthAsking = new Set([429, 502, 503, 504]);

const headers = {
  ...(options.application === undefined ? {} : { 'x-weir-app': options.application }),
  ...(options['credential-file'] === undefined
    ? {}
    : { authorization: `Bearer ${readFileSync(options['credential-file'], 'utf8').trim()}` }),
};

/** The answer of Weir, as JSON. Asks again where that is worth while, and no earlier than it was told to. */
async function ask(method, path, body) {
  const sinceMs = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(`${options.weir}${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (answer?.ok && text !== undefined) return text === '' ? undefined : JSON.parse(text);
    const isVain = answer !== undefined && !answer.ok && !worthAsking.has(answer.status);
    if (isVain || performance.now() - sinceMs > patienceMs) {
      throw new Error(`${method} ${path}: ${answer?.status ?? 'no answer'} ${text ?? ''}`);
    }
    const toldMs = Number(answer?.headers.get('retry-after-ms') ?? 0);
    await pause(Math.max(toldMs, Math.min(5_000, 100 * 2 ** attempt)));
  }
}

/** Where an operator limits the sessions of the application, permits are given to those that name one. */
async function withSession(task) {
  const { sessionId } = await ask('POST', '/v1/sessions', { ttlSeconds: sessionSeconds });
  const path = `/v1/sessions/${sessionId}`;
  headers['x-weir-session'] = sessionId;
  const renew = () => ask('PUT', path, { ttlSeconds: sessionSeconds }).catch(() => {});
  const renewal = setInterval(renew, renewalMs);
  try {
    return await task();
  } finally {
    clearInterval(renewal);
    // Where this fails, the session ends by itself.
    await ask('DELETE', path).catch(() => {});
  }
}

/** Units that are paid for and not used yet. They hold for a second: what is left then goes back. */
class Purse {
  #permitId;
  #units = 0;
  #endsAtMs = 0;
  #nextAtMs = 0;

  /** So many rows may be read now, at least one. */
  async rows() {
    if (this.#units > 0 && performance.now() < this.#endsAtMs - marginMs) return this.#units;
    await this.giveBack();
    await pause(Math.max(0, this.#nextAtMs - performance.now()));
    // The same id is charged once, however often it is asked for because the answer was lost.
    const permitId = randomUUID();
    const wanted = { operation: 'scan', units: unitsWanted, permitId };
    const { granted, expiresInMs, nextInMs } = await ask('POST', '/v1/permits', wanted);
    this.#permitId = permitId;
    this.#units = granted;
    this.#endsAtMs = performance.now() + expiresInMs;
    // There is one unit again after `nextInMs`, and pages of one row help nobody.
    this.#nextAtMs = performance.now() + (granted < unitsWanted ? Math.max(nextInMs, refillMs) : 0);
    return granted;
  }

  /** A page costs what it brings, and at least one unit. */
  spend(rows) {
    this.#units -= Math.max(1, rows);
  }

  async giveBack() {
    const units = this.#units;
    this.#units = 0;
    // Where it is too late they count as used, which is no harm.
    if (units > 0) await ask('POST', `/v1/permits/${this.#permitId}/return`, { units }).catch(() => {});
  }
}

/** The rows behind `start` and up to `end`, page by page. */
async function* readRange(client, purse, { start, end }) {
  const query =
    'SELECT category, price FROM market.products WHERE token(sku) > :start AND token(sku) <= :end';
  const parameters = { start: String(start), end: String(end) };
  let pageState;
  do {
    const page = await client.execute(query, parameters, {
      prepare: true,
      isIdempotent: true,
      fetchSize: Math.min(pageRows, await purse.rows()),
      pageState,
    });
    purse.spend(page.rows.length);
    yield page.rows;
    pageState = page.pageState;
  } while (pageState != null);
}

async function report(client) {
  const found = new Map();
  const purse = new Purse();
  for (const range of client.metadata.getTokenRanges()) {
    // The one over the seam of the ring is two to CQL.
    for (const part of range.unwrap()) {
      for await (const rows of readRange(client, purse, part)) {
        for (const { category, price } of rows) {
          if (category === null) continue;
          const { products, total } = found.get(category) ?? { products: 0, total: zero };
          found.set(category, { products: products + 1, total: price === null ? total : total.add(price) });
        }
      }
    }
  }
  await purse.giveBack();
  return found;
}

const zero = cassandra.types.BigDecimal.fromString('0.00');
const client = new cassandra.Client({
  contactPoints: options['contact-point'],
  localDataCenter: options.datacenter,
});
try {
  await client.connect();
  const found = await withSession(() => report(client));
  for (const category of [...found.keys()].sort()) {
    const { products, total } = found.get(category);
    const cells = [category.padEnd(10), String(products).padStart(6), total.toString().padStart(12)];
    process.stdout.write(`${cells.join(' ')}\n`);
  }
} finally {
  await client.shutdown();
}
