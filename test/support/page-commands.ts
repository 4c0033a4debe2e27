import { fencedBlocks } from './markdown.ts';

/** A block of commands in a page, and the block after it that shows what comes of them. */
export interface PageCommand {
  readonly page: string;
  readonly line: number;
  readonly text: string;
  readonly shown: Shown | undefined;
}

export interface Shown {
  readonly language: 'text' | 'json' | 'http';
  readonly text: string;
}

/** Fences that a reader takes for commands and that would not be run here. */
const otherShells = new Set(['bash', 'shell', 'console', 'zsh', 'terminal', '']);

/** The `sh` blocks of a page, in order. Throws where a page has none, or has commands in another kind of block. */
export function pageCommands(page: string, text: string): PageCommand[] {
  const blocks = fencedBlocks(text);
  const stray = blocks.find(({ language }) => otherShells.has(language));
  if (stray !== undefined) {
    throw new Error(`${page}: commands belong into blocks of sh, not of "${stray.language}":\n${stray.text}`);
  }
  let from = 0;
  const commands = blocks.flatMap((block, index) => {
    const at = text.indexOf(`\`\`\`${block.language}`, from);
    from = at + block.text.length;
    if (block.language !== 'sh') return [];
    const line = text.slice(0, at).split('\n').length + 1;
    return [{ page, line, text: block.text, shown: shownBy(blocks[index + 1]) }];
  });
  if (commands.length === 0) throw new Error(`${page} has no commands: this check saw nothing`);
  return commands;
}

function shownBy(next: { language: string; text: string } | undefined): Shown | undefined {
  switch (next?.language) {
    case 'text':
    case 'json':
    case 'http':
      return { language: next.language, text: next.text };
    default:
      return undefined;
  }
}
