import type { FastifyReply } from 'fastify';
import type { Static, TSchema } from 'typebox';

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/**
 * Sends what the schema describes. The schema is held to at compile time; the framework's serialiser would drop
 * what it does not know without a word.
 */
export function sendJson<Schema extends TSchema>(
  reply: FastifyReply,
  _schema: Schema,
  body: Frozen<Static<Schema>>,
): FastifyReply {
  // As bytes, because the framework adds a charset to strings and the media type has none.
  return reply
    .header('content-type', 'application/json')
    .header('cache-control', 'no-store')
    .send(Buffer.from(JSON.stringify(body)));
}
