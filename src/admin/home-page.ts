import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

const style = 'body{font:1rem/1.5 sans-serif;margin:2rem;max-width:42rem}td{padding:.2rem 1rem .2rem 0}';

/** Nothing is loaded, from anywhere; the one style is known by its hash. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const links: readonly { readonly address: string; readonly what: string }[] = [
  { address: '/readyz?verbose', what: 'whether requests can be served, and why not' },
  { address: '/metrics', what: 'the metrics, for Prometheus' },
  { address: '/docs', what: 'every address of this port, to browse and to try' },
  { address: '/openapi.json', what: 'the same for programs' },
  { address: '/admin/v1/config', what: 'the configuration in force, with the origin of each value' },
  { address: '/admin/v1/topology', what: 'the cluster as this instance sees it' },
  { address: '/admin/v1/cache', what: 'the row cache of this instance' },
  { address: '/admin/v1/log-level', what: 'the level of the log' },
];

/** `/`: what this port has. A page without a script, the same for everyone. */
export function addHomePage(app: FastifyInstance, version: string): void {
  const page = Buffer.from(encodePage(version));
  app.get('/', { schema: { hide: true } }, (_request, reply) => {
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', contentSecurityPolicy)
      .send(page);
  });
}

function encodePage(version: string): string {
  const rows = links.map(
    ({ address, what }) => `<tr><td><a href="${address}">${address}</a></td><td>${what}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Weir</title><style>${style}</style></head>
<body>
<h1>Weir</h1>
<p>The admin port of one instance, version ${version.replaceAll(/[^A-Za-z0-9.+-]/g, '')}.</p>
<table>
${rows.join('\n')}
</table>
<p>Changes (<code>config/reload</code>, <code>log-level</code>, <code>drain</code>, a purge of <code>cache</code>) need the key of an operator.</p>
</body>
</html>
`;
}
