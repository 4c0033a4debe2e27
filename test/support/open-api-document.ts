import { Compile } from 'typebox/schema';

export interface MediaType {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Described {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, { readonly schema?: object }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Parameter extends MediaType {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Described;
  readonly responses: Readonly<Record<string, Described>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
const operationMembers = new Set([
  'tags',
  'summary',
  'description',
  'externalDocs',
  'operationId',
  'parameters',
  'requestBody',
  'responses',
  'callbacks',
  'deprecated',
  'security',
  'servers',
]);

/** What breaks a rule of OpenAPI 3.1, each with its place; empty for a document that holds. */
export function openApiFaults(document: OpenApiDocument): string[] {
  const operations = operationsOf(document);
  const ids = operations.flatMap(({ operation }) => operation.operationId ?? []);
  return [
    ...(/^3\.1\.\d+$/.test(document.openapi) ? [] : ['openapi: no version 3.1']),
    ...(document.info.title === '' || document.info.version === '' ? ['info: title and version'] : []),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `operationId ${id} is given twice`),
    ...danglingReferences(document),
    ...operations.flatMap(({ path, method, operation }) =>
      operationFaults(document, path, method, operation).map((fault) => `${method} ${path}: ${fault}`),
    ),
  ];
}

export function operationsOf(document: OpenApiDocument) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** Why a value does not fit a schema of the document; empty when it does. */
export function schemaFaults(document: OpenApiDocument, schema: object, value: unknown): string[] {
  const [, errors] = Compile({ ...schema, components: document.components }).Errors(value);
  return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function operationFaults(
  document: OpenApiDocument,
  path: string,
  method: string,
  operation: Operation,
): string[] {
  const { parameters = [], requestBody, responses, security = [] } = operation;
  const places = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => `path ${name}`);
  const schemes = security.flatMap((requirement) => Object.keys(requirement));
  return [
    ...(methods.has(method) ? [] : ['no method of a path']),
    ...Object.keys(operation)
      .filter((member) => !operationMembers.has(member))
      .map((member) => `unknown member ${member}`),
    ...places
      .filter((place, index) => places.indexOf(place) !== index)
      .map((place) => `${place} given twice`),
    ...inPath.filter((place) => !places.includes(place)).map((place) => `${place} is not described`),
    ...schemes
      .filter((name) => !(name in document.components.securitySchemes))
      .map((name) => `no security scheme ${name}`),
    ...parameters.flatMap((parameter) => parameterFaults(document, inPath, parameter)),
    ...(requestBody === undefined ? [] : contentFaults(document, 'body', requestBody)),
    ...(Object.keys(responses).length === 0 ? ['no responses'] : []),
    ...Object.entries(responses).flatMap(([status, response]) => [
      ...(/^([1-5]\d\d|default)$/.test(status) ? [] : [`${status} is no status`]),
      ...(response.description ? [] : [`${status} has no description`]),
      ...Object.entries(response.headers ?? {})
        .filter(([, { schema }]) => schema === undefined)
        .map(([name]) => `${status}: header ${name} has no schema`),
      ...contentFaults(document, status, response),
    ]),
  ];
}

function parameterFaults(
  document: OpenApiDocument,
  inPath: readonly string[],
  parameter: Parameter,
): string[] {
  const place = `${parameter.in} ${parameter.name}`;
  return [
    ...(['path', 'query', 'header', 'cookie'].includes(parameter.in) ? [] : [`${place}: no such place`]),
    ...(parameter.in !== 'path' || (parameter.required === true && inPath.includes(place))
      ? []
      : [`${place}: has to be in the path, and required`]),
    ...(parameter.schema === undefined ? [`${place}: no schema`] : []),
    ...exampleFaults(document, place, parameter),
  ];
}

function contentFaults(document: OpenApiDocument, place: string, { content = {} }: Described): string[] {
  return Object.entries(content).flatMap(([mediaType, media]) => [
    ...(/^[a-z]+\/[a-z0-9.+-]+/.test(mediaType) ? [] : [`${place}: ${mediaType} is no media type`]),
    ...exampleFaults(document, `${place} ${mediaType}`, media),
  ]);
}

function exampleFaults(document: OpenApiDocument, place: string, media: MediaType): string[] {
  const { schema = {}, example, examples = {} } = media;
  const own = 'examples' in schema && Array.isArray(schema.examples) ? (schema.examples as unknown[]) : [];
  const values = [
    ...(example === undefined ? [] : [example]),
    ...own,
    ...Object.values(examples).map(({ value }) => value),
  ];
  return values.flatMap((value) =>
    schemaFaults(document, schema, value).map((fault) => `${place}: the example does not fit: ${fault}`),
  );
}

function danglingReferences(document: OpenApiDocument): string[] {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, to = '']) => to);
  return [...new Set(references)].filter((to) => !resolves(document, to)).map((to) => `${to} leads nowhere`);
}

function resolves(document: OpenApiDocument, reference: string): boolean {
  if (!reference.startsWith('#/')) return false;
  let at: unknown = document;
  for (const name of reference.slice(2).split('/')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return false;
    at = Reflect.get(at, name);
  }
  return true;
}
