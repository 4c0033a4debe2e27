import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { RequestError } from '../core/errors.ts';

const mediaTypes = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', png: 'image/png' };

/** Files of the viewer, by the name in the address; nothing else of its folder is served. */
const assets: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', mediaTypes.css],
  ['swagger-ui-bundle.js', mediaTypes.js],
  ['favicon-32x32.png', mediaTypes.png],
]);

/** The viewer has links to other hosts in its code; nothing is loaded from any of them. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The viewer sets styles of single elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** No validator: the viewer's own would send the document to another host. */
const startScript = `window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#viewer',
    validatorUrl: null,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    presets: [SwaggerUIBundle.presets.apis],
  });
});
`;

/** `/docs`: the document of `/openapi.json` for people, with the viewer's files from this process. */
export function addDocsPage(app: FastifyInstance, title: string): void {
  const page = Buffer.from(encodePage(title));
  const loaded = new Map<string, Promise<Buffer>>();
  const load = (name: string): Promise<Buffer> => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const folder = import.meta.resolve('@fastify/swagger-ui/static/index.html');
    const file = readFile(new URL(name, folder));
    loaded.set(name, file);
    // What could not be read is tried again by the next request.
    file.catch(() => loaded.delete(name));
    return file;
  };
  app.get('/docs', { schema: { hide: true } }, (_request, reply) => {
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy)
      .header('referrer-policy', 'no-referrer')
      .send(page);
  });
  app.get('/docs/start.js', { schema: { hide: true } }, (_request, reply) => {
    reply.header('content-type', mediaTypes.js).send(Buffer.from(startScript));
  });
  app.get<{ Params: { file: string } }>('/docs/:file', { schema: { hide: true } }, async (request, reply) => {
    const { file } = request.params;
    const mediaType = assets.get(file);
    if (mediaType === undefined) throw new RequestError('not-found', 'the page has no such file');
    return reply.header('content-type', mediaType).send(await load(file));
  });
}

/** `title` is the port's own and holds nothing that HTML would have to escape. */
function encodePage(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="viewer"></div>
<noscript>This page needs scripts; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}
