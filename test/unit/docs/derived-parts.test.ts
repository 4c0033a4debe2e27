import { describe, expect, it } from 'vitest';
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts';
import { replaceDerivedParts } from '../../support/reference/derived-parts.ts';
import { derivedParts, derivePage } from '../../support/reference-pages.ts';

const pages = Object.keys(derivedParts);

describe('the derived parts of the reference pages', () => {
  it.each(pages)('%s is as the code has it; else run test/support/reference-pages.ts', async (page) => {
    expect(readProjectFile(page)).toBe(await derivePage(page));
  });

  it('stand in all pages with markers', () => {
    const marked = listProjectFiles('docs', '.md').filter((page) =>
      readProjectFile(page).includes('<!-- derived:'),
    );
    expect(marked.sort()).toEqual([...pages].sort());
  });
});

describe('the markers', () => {
  const page = 'a\n<!-- derived: x -->\nold\n<!-- end -->\nb\n';

  it('hold what is replaced, and nothing else changes', () => {
    const replaced = replaceDerivedParts(page, { x: 'new' });
    expect(replaced).toMatch(/^a\n<!-- derived: x .*-->\nnew\n<!-- end -->\nb\n$/);
    expect(replaceDerivedParts(replaced, { x: 'new' })).toBe(replaced);
  });

  it('must be there for every derived part', () => {
    expect(() => replaceDerivedParts(page, { x: 'new', y: 'more' })).toThrow('no markers for: y');
  });

  it('must have a derived part', () => {
    expect(() => replaceDerivedParts(page, {})).toThrow('nothing is derived for the markers of "x"');
  });
});
