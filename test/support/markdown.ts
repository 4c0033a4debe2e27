/** As much of Markdown as the project's own pages use. */

export interface FencedBlock {
  readonly language: string;
  readonly text: string;
}

const fence = /^```(\S*)[^\n]*\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a page, in order. */
export function fencedBlocks(page: string): FencedBlock[] {
  return [...page.matchAll(fence)].map(([, language = '', text = '']) => ({ language, text }));
}

function withoutFences(page: string): string {
  return page.replaceAll(fence, '');
}

export function headings(page: string): string[] {
  return [...withoutFences(page).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, text = '']) => text);
}

/** What stands below a heading, down to the next one of any level. Throws where there is no such heading. */
export function sectionOf(page: string, heading: string): string {
  const [, ...parts] = page.split(/^#{1,6} +(?=.)/m);
  const part = parts.find((text) => text.split('\n', 1)[0]?.trim() === heading);
  if (part === undefined) throw new Error(`the page has no heading "${heading}"`);
  return part.slice(part.indexOf('\n') + 1);
}

/** The anchors that a page offers, as GitHub derives them from headings; the second of a kind gets a number. */
export function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  return headings(page).map((heading) => {
    const name = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}-${before}`;
  });
}

/** The targets of all links, code left out. */
export function links(page: string): string[] {
  const prose = withoutFences(page).replaceAll(/`[^`\n]*`/g, '``');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}

export function codeSpans(text: string): string[] {
  return [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** The cells of the first table in a text, its head left out. Throws where there is none. */
export function tableRows(text: string): string[][] {
  const [, , ...rows] = /(?:^\|.*\|$\n?)+/m.exec(text)?.[0].trim().split('\n') ?? [];
  if (rows.length === 0) throw new Error('there is no table here');
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

/** A table as text, without a line break at its end. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}
