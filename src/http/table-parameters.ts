import { type Static, Type } from '@fastify/type-provider-typebox';

/** The part of the address that names a table; exact, as in the schema. Described, not checked: it is text in any case. */
export const tableParameters = Type.Object({
  keyspace: Type.String({ description: 'Exact, as in the schema', examples: ['shop'] }),
  table: Type.String({ description: 'Exact, as in the schema', examples: ['products'] }),
});
export type TableParameters = Static<typeof tableParameters>;
