import { describe, expect, it } from 'vitest';
import { type Problem, problems, replicaErrorPolicies } from '../../../src/core/errors.ts';
import { anchors, headings, sectionOf, tableRows } from '../../support/markdown.ts';
import { readProjectFile } from '../../support/project-files.ts';

const slugs = Object.keys(problems);
const errorsPage = readProjectFile('docs/reference/errors.md');
const kinds = [
  'Errors',
  'Of a request',
  'Of a request to the admin port',
  'Of a key',
  'What nodes do to messages',
];

describe('the page of errors', () => {
  it('has a paragraph for each slug, and for nothing else', () => {
    const described = headings(errorsPage).filter((heading) => !kinds.includes(heading));
    expect(described.toSorted()).toEqual(slugs.toSorted());
    expect(anchors(errorsPage)).toEqual(expect.arrayContaining(slugs));
  });

  it.each(slugs)('says when %s happens and what to do', (slug) => {
    expect(sectionOf(errorsPage, slug)).toMatch(/^\*\*When\.\*\* \S[\s\S]*^\*\*What to do\.\*\* \S/m);
  });

  it('has what a node can do to a message among the errors of a key', () => {
    const ofKey = headings(errorsPage).slice(headings(errorsPage).indexOf('Of a key') + 1);
    expect(ofKey).toEqual(
      expect.arrayContaining(Object.values(replicaErrorPolicies).map(({ problem }) => problem)),
    );
  });
});

describe('the statuses of the page of the data port', () => {
  const rows = tableRows(sectionOf(readProjectFile('docs/reference/http.md'), 'Statuses'));
  const told = rows.flatMap(([status = '', of = '']) =>
    [...of.matchAll(/\[`([^`]+)`\]/g)].map(([, slug = '']): [string, string] => [slug, status]),
  );

  it.each(told)('are right that %s is %s', (slug, status) => {
    const problem = Object.entries<Problem>(problems).find(([name]) => name === slug)?.[1];
    expect(String(problem?.status)).toBe(status);
  });

  it('are those of all requests that are refused before a key is tried', () => {
    const [, beforeKeys = ''] = errorsPage.split(/^## /m);
    const answered = new Set(['over-quota', 'overload', 'deadline-exceeded']);
    const expected = headings(`## ${beforeKeys}`).filter(
      (name) => slugs.includes(name) && !answered.has(name),
    );
    expect(told.map(([slug]) => slug).toSorted()).toEqual(expected.toSorted());
  });
});
