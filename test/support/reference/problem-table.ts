import { type Problem, problems } from '../../../src/core/errors.ts';
import { code, formatTable } from '../markdown.ts';

/** The catalogue in its own order; each slug leads to its paragraph. */
export function problemTable(): string {
  const rows = Object.entries<Problem>(problems).map(([slug, { status, title, retryable }]) => [
    `[${code(slug)}](#${slug})`,
    String(status),
    title,
    retryable ? 'yes' : 'no',
  ]);
  return formatTable(['slug', 'status', 'title', 'retryable'], rows);
}
