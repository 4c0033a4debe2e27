import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { LRUCache } from 'lru-cache';

/**
 * What a look-up costs where nothing but the server and a map stands before the rows: a process that is given a
 * file with ready pieces, `[key, piece][]` as JSON, and answers `POST /lookup` with those of `{"keys": […]}`, joined.
 * No credentials, no metrics, no log, no check of anything. Prints its address as one line of JSON.
 */
const [file = ''] = process.argv.slice(2);
const pieces = JSON.parse(readFileSync(file, 'utf8')) as [string, string][];
const cache = new LRUCache<string, string>({ max: pieces.length });
for (const [key, piece] of pieces) cache.set(key, piece);

const app = Fastify({ logger: false });

app.post<{ Body: { keys: string[] } }>('/lookup', (request, reply) => {
  const found = request.body.keys.map((key) => cache.get(key));
  reply.header('content-type', 'application/json').send(Buffer.from(`[${found.join(',')}]`));
});

const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
process.once('SIGTERM', () => process.exit());
