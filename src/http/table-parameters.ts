import { Type } from '@fastify/type-provider-typebox';

/** The part of the address that names a table; exact, as in the schema. */
export const tableParameters = {
  keyspace: Type.String({ description: 'Exact, as in the schema', examples: ['shop'] }),
  table: Type.String({ description: 'Exact, as in the schema', examples: ['products'] }),
};
