import { Type } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Problem, type ProblemSlug, problems, RequestError } from '../core/errors.ts';
import { problemGuides } from '../core/problem-guide.ts';
import { problemResponses } from './problem-responses.ts';

const parameters = Type.Object({ slug: Type.String({ description: 'The end of `type` of a problem' }) });

const documentation = {
  summary: 'What a kind of problem means and what to do',
  tags: ['service'],
  response: {
    200: {
      description: 'HTML where `Accept` asks for it, else JSON',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['type', 'title', 'status', 'retryable', 'when', 'whatToDo'],
            properties: {
              type: { type: 'string' },
              title: { type: 'string' },
              status: { type: 'integer' },
              retryable: {
                type: 'boolean',
                description: 'The same request may succeed later without a change',
              },
              when: { type: 'string' },
              whatToDo: { type: 'string' },
            },
            examples: [describe('no-replica')],
          },
        },
        'text/html': { schema: { type: 'string' } },
      },
    },
    ...problemResponses(['not-found']),
  },
};

/** The pages that the `type` of a problem points to: HTML for a browser, JSON for everyone else. */
export function addProblemPages(app: FastifyInstance): void {
  app.get<{ Params: { slug: string } }>(
    '/problems/:slug',
    { config: { documentation: { ...documentation, params: parameters } } },
    (request, reply) => {
      const { slug } = request.params;
      if (!isSlug(slug)) throw new RequestError('not-found', 'there is no problem of this name');
      const html = request.headers.accept?.includes('text/html') === true;
      if (html) reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
      reply
        .header('content-type', html ? 'text/html; charset=utf-8' : 'application/json')
        .header('vary', 'Accept')
        .send(Buffer.from(html ? encodeHtml(slug) : JSON.stringify(describe(slug))));
    },
  );
}

function isSlug(name: string): name is ProblemSlug {
  return Object.hasOwn(problems, name);
}

function describe(slug: ProblemSlug) {
  const { title, status, retryable }: Problem = problems[slug];
  return { type: `/problems/${slug}`, title, status, retryable, ...problemGuides[slug] };
}

function encodeHtml(slug: ProblemSlug): string {
  const { title, status, retryable, when, whatToDo } = describe(slug);
  const advice = retryable
    ? 'The same request may succeed later.'
    : 'The same request will fail again; it has to be changed.';
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${slug}</title></head>
<body>
<h1>${markUp(title)}</h1>
<p><code>${slug}</code>, HTTP status ${status}.</p>
<p>${markUp(when)}</p>
<p>${markUp(whatToDo)}</p>
<p>${advice}</p>
</body>
</html>
`;
}

function markUp(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll(/`([^`]*)`/g, '<code>$1</code>');
}
