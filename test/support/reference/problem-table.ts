import { type Problem, type ProblemSlug, problems, replicaErrorPolicies } from '../../../src/core/errors.ts';
import { problemGuides } from '../../../src/core/problem-guide.ts';
import { code, formatTable } from '../markdown.ts';

/** Told by the admin port alone. */
export const adminProblems: readonly ProblemSlug[] = [
  'role-required',
  'precondition-failed',
  'invalid-configuration',
];

/** What may befall a single key. */
const keyProblems: readonly ProblemSlug[] = [
  'no-replica',
  ...new Set(Object.values(replicaErrorPolicies).map(({ problem }) => problem)),
  'unreadable-value',
];

const pageWidth = 118;

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

const allowedAfter = {
  both: 'another owner at once; hedges',
  retry: 'another owner at once; no hedge',
  hedge: 'hedges',
  neither: 'nothing',
} as const;

/** What a node can do to a message, and what follows. */
export function replicaErrorTable(): string {
  const rows = Object.entries(replicaErrorPolicies).map(([name, { allows, blamesNode, problem }]) => [
    code(name),
    allowedAfter[allows],
    blamesNode ? 'yes' : 'no',
    `[${code(problem)}](#${problem})`,
  ]);
  return formatTable(['error', 'may follow', 'counts against the node', 'told as'], rows);
}

/** What each page at `/problems/<slug>` says, for the slugs that a request as a whole may meet on the data port. */
export function requestProblemSections(): string {
  const others = new Set([...adminProblems, ...keyProblems]);
  const slugs = Object.keys(problems) as ProblemSlug[];
  return problemSections(slugs.filter((slug) => !others.has(slug)));
}

export function adminProblemSections(): string {
  return problemSections(adminProblems);
}

export function keyProblemSections(): string {
  return problemSections(keyProblems);
}

function problemSections(slugs: readonly ProblemSlug[]): string {
  return slugs
    .map((slug) => {
      const { when, whatToDo } = problemGuides[slug];
      return `### ${slug}\n${wrap(`**When.** ${when}`)}\n${wrap(`**What to do.** ${whatToDo}`)}`;
    })
    .join('\n\n');
}

function wrap(text: string): string {
  let width = 0;
  const words = text.split(' ').map((word) => {
    const breaks = width > 0 && width + 1 + word.length > pageWidth;
    const before = width === 0 ? '' : breaks ? '\n' : ' ';
    width = breaks || width === 0 ? word.length : width + 1 + word.length;
    return before + word;
  });
  return words.join('');
}
