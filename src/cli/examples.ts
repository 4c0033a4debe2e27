/** The end of a help text: every verb shows two ways to use it. */
export function examples(first: string, second: string): string {
  return `\nExamples:\n  ${first}\n  ${second}\n`;
}
