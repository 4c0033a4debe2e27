import { type Problem, type ProblemSlug, problems } from '../core/errors.ts';
import { encodeProblem, problemMediaType } from '../core/problem-document.ts';

/** RFC 9457, as `encodeProblem` writes it, for OpenAPI; operations refer to it as `#/components/schemas/Problem`. */
export const problemSchema = {
  type: 'object',
  description: 'A problem of RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: {
      type: 'string',
      description: 'What kind of problem: the address of a page that tells what it means and what to do',
      pattern: '^/problems/[a-z-]+$',
    },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong with this request' },
    instance: { type: 'string', description: 'The request id' },
    errors: {
      type: 'array',
      description: 'The places at fault, up to 100 of them',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901, into the body; `?name` for a query parameter' },
          detail: { type: 'string' },
        },
      },
    },
    'violated-policies': {
      type: 'array',
      description: 'Names of the limits to blame',
      items: { type: 'string' },
      minItems: 1,
    },
    reason: {
      type: 'string',
      enum: ['guard'],
      description: '`guard`: a limit to blame is lower than it is set, to protect others',
    },
    slowedTo: {
      type: 'number',
      description: 'With `guard`: the part of itself that the limit is now',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
    },
    retryAfterMs: {
      type: 'integer',
      description: 'The same request may succeed after so many milliseconds',
      minimum: 0,
    },
  },
} as const;

const retryAfterHeaders = {
  'Retry-After': { type: 'integer', description: 'Seconds; where a retry may help' },
  'Retry-After-Ms': { type: 'integer', description: 'The same in milliseconds' },
};

/**
 * OpenAPI's responses for problems, one a status, with an example for each slug. Of `schema` where the problem
 * has further members.
 */
export function problemResponses(
  slugs: readonly ProblemSlug[],
  schema: object = { $ref: '#/components/schemas/Problem' },
): Record<number, object> {
  const byStatus = new Map<number, ProblemSlug[]>();
  for (const slug of slugs) {
    const { status } = problems[slug];
    byStatus.set(status, [...(byStatus.get(status) ?? []), slug]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [status, describeStatus(status, group, schema)]),
  );
}

function describeStatus(status: number, slugs: readonly ProblemSlug[], schema: object): object {
  const examples = slugs.map((slug) => {
    const { title }: Problem = problems[slug];
    return [slug, { summary: title, value: JSON.parse(encodeProblem(slug, '…', 'example-1')) as unknown }];
  });
  return {
    description: slugs.map((slug) => `\`${slug}\`: ${problems[slug].title}`).join('. '),
    content: { [problemMediaType]: { schema, examples: Object.fromEntries(examples) } },
    ...(status === 429 || status === 503 ? { headers: retryAfterHeaders } : {}),
  };
}
