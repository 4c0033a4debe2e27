import fastifySwagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { addDocsPage } from './docs-page.ts';
import { problemSchema } from './problem-responses.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * What OpenAPI says of the route beside its schema. Unlike the schema it checks and encodes nothing: for what
     * the core checks, and for answers that are bytes already.
     */
    documentation?: FastifySchema;
  }
}

export interface OpenApiInfo {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  /** OpenAPI's security schemes by name; `key`, a bearer key, when left out. */
  readonly securitySchemes?: Readonly<Record<string, object>>;
  /** Schemas that routes refer to as `#/components/schemas/<name>`; `Problem` is always there. */
  readonly schemas?: Readonly<Record<string, object>>;
}

/** The plugin's own type asks for more than OpenAPI 3.1 does; a test holds the document to the specification. */
type OpenApi = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;

const bearerKey = { type: 'http', scheme: 'bearer', description: 'A key of the configuration' };

/**
 * Describes the routes that are added after this call: OpenAPI 3.1 at `/openapi.json` and a page for people at
 * `/docs`, both without a credential and without anything of another host.
 */
export function addOpenApi(app: FastifyInstance, info: OpenApiInfo): void {
  const { title, description, version, securitySchemes, schemas } = info;
  const openapi = {
    openapi: '3.1.0',
    info: { title, description, version },
    components: {
      schemas: { Problem: problemSchema, ...schemas },
      securitySchemes: securitySchemes ?? { key: bearerKey },
    },
  };
  // Called as a function, not registered: a registered plugin would come after the routes that it has to see.
  fastifySwagger(
    app,
    {
      // Copied, as the plugin writes into what it is given.
      openapi: structuredClone(openapi) as object as OpenApi,
      transform: ({ schema, url, route }) => {
        // The framework types a route without a schema as one with a schema.
        const own = schema as FastifySchema | undefined;
        return { schema: { ...own, ...route.config?.documentation }, url };
      },
    },
    () => {},
  );
  let document: Buffer | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(app.swagger()));
    reply.header('content-type', 'application/json').send(document);
  });
  addDocsPage(app, title);
}
