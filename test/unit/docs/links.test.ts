import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchors, codeSpans, links } from '../../support/markdown.ts';
import { listProjectFiles, projectRoot, readProjectFile } from '../../support/project-files.ts';

const pages = ['README.md', ...listProjectFiles('docs', '.md')];
const localLinks = pages.flatMap((page) =>
  [...new Set(links(readProjectFile(page)))]
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target): [string, string] => [page, target]),
);
/** A file or folder of the project; not one with a placeholder, and not what a build or a run makes. */
const projectPath = /^(?:src|test|topology|loadtest|docs)\/[\w./-]*$/;
const made = new Set(['loadtest/results']);
const namedPaths = pages.flatMap((page) =>
  codeSpans(readProjectFile(page))
    .filter((span) => projectPath.test(span) && !made.has(span))
    .map((span): [string, string] => [page, span]),
);

describe('the pages', () => {
  it('are seen by this test', () => {
    expect(localLinks.length).toBeGreaterThan(20);
    expect(namedPaths.filter(([page]) => page === 'docs/architecture.md').length).toBeGreaterThan(10);
  });

  it.each(localLinks)('%s links to %s, which exists', (page, target) => {
    const [file = '', anchor] = target.split('#');
    const linked = file === '' ? page : path.join(path.dirname(page), file);
    expect(existsSync(path.join(projectRoot, linked)), linked).toBe(true);
    if (anchor !== undefined) expect(anchors(readProjectFile(linked))).toContain(anchor);
  });

  it.each(namedPaths)('%s names %s, which exists', (_, named) => {
    expect(existsSync(path.join(projectRoot, named))).toBe(true);
  });
});
