/**
 * Pages, examples and defaults name addresses of one machine: a cluster of the launcher from 127.0.0.11 on, and Weir on
 * 8080 and 8081. Tests run them beside other things, on other addresses. This is all that they change.
 */
export interface LocalAddresses {
  /** From the pages' addresses to those of this run. */
  toActual(text: string): string;
  /** Back again, in what was printed. */
  toWritten(text: string): string;
}

const firstNode = 11;

/** `nodes` in the launcher's order, the first of which the pages call 127.0.0.11. */
export function createLocalAddresses(
  nodes: readonly string[],
  { data, admin }: { readonly data: number; readonly admin: number },
): LocalAddresses {
  const pairs: [string, string][] = [
    ...nodes.map((address, index): [string, string] => [`127.0.0.${firstNode + index}`, address]),
    ['8080', String(data)],
    ['8081', String(admin)],
  ];
  const toActual = new Map(pairs);
  const toWritten = new Map(pairs.map(([written, actual]) => [actual, written]));
  return {
    toActual: (text) => replaceWords(text, toActual),
    toWritten: (text) => replaceWords(text, toWritten),
  };
}

/** Whole numbers and addresses only: 8080 is no part of 18080, nor 127.0.0.11 of 127.0.0.110. */
function replaceWords(text: string, replacements: ReadonlyMap<string, string>): string {
  return text.replaceAll(/(?<![\d.])\d+(?:\.\d+)*(?![\d]|\.\d)/g, (word) => replacements.get(word) ?? word);
}
