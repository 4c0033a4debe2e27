import type { Command } from 'commander';

/**
 * The end of a help text: every verb shows two ways to use it. They are written with the program as `weir`, and shown
 * with it as it was started.
 */
export function examples(first: string, second: string): (help: { readonly command: Command }) => string {
  return ({ command }) => {
    const name = rootOf(command).name();
    const shown = [first, second].map((line) => line.replaceAll(/(?<=^| )weir (?=[a-z])/g, () => `${name} `));
    return `\nExamples:\n${shown.map((line) => `  ${line}\n`).join('')}`;
  };
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}
