const rewriter = 'test/support/reference-pages.ts';

/**
 * Puts texts between the markers of a page that bear their names. Throws for a name without markers and for
 * markers without a name, so that no part of a page is thought to be held true and is not.
 */
export function replaceDerivedParts(page: string, parts: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(parts));
  const replaced = page.replaceAll(
    /<!-- derived: (\S+)[^>]*-->\n[\s\S]*?<!-- end -->/g,
    (_, name: string) => {
      const text = parts[name];
      if (text === undefined) throw new Error(`nothing is derived for the markers of "${name}"`);
      unused.delete(name);
      return `<!-- derived: ${name} (by ${rewriter}) -->\n${text}\n<!-- end -->`;
    },
  );
  if (unused.size > 0) throw new Error(`the page has no markers for: ${[...unused].join(', ')}`);
  return replaced;
}
