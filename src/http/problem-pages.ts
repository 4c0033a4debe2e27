import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Problem, type ProblemSlug, problems, RequestError } from '../core/errors.ts';

const parameters = Type.Object({ slug: Type.String() });

/** The pages that the `type` of a problem points to: HTML for a browser, JSON for everyone else. */
export function addProblemPages(app: FastifyInstance): void {
  app
    .withTypeProvider<TypeBoxTypeProvider>()
    .get('/problems/:slug', { schema: { params: parameters } }, (request, reply) => {
      const { slug } = request.params;
      if (!isSlug(slug)) throw new RequestError('not-found', 'there is no problem of this name');
      const html = request.headers.accept?.includes('text/html') === true;
      reply
        .header('content-type', html ? 'text/html; charset=utf-8' : 'application/json')
        .header('vary', 'Accept')
        .send(Buffer.from(html ? encodeHtml(slug, problems[slug]) : encodeJson(slug, problems[slug])));
    });
}

function isSlug(name: string): name is ProblemSlug {
  return Object.hasOwn(problems, name);
}

function encodeJson(slug: ProblemSlug, problem: Problem): string {
  const { title, status, retryable } = problem;
  return JSON.stringify({ type: `/problems/${slug}`, title, status, retryable });
}

/** Of the catalogue's own words, which hold nothing that HTML would have to escape. */
function encodeHtml(slug: ProblemSlug, problem: Problem): string {
  const advice = problem.retryable
    ? 'The same request may succeed later.'
    : 'The same request will fail again; it has to be changed.';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${slug}</title></head>
<body>
<h1>${problem.title}</h1>
<p><code>${slug}</code>, HTTP status ${problem.status}.</p>
<p>${advice}</p>
</body>
</html>
`;
}
