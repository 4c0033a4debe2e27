const pattern = /(?<!\\)"\\(?:\\|u005[cC])"\s*:/;

/**
 * Whether JSON text has a member whose name is one backslash. Node 24's `JSON.parse` remembers such a name, and may
 * then give it to a later member whose name is one escaped character: `{"\"":1}` reads as `{"\\":1}`, which
 * would make another key of it (nodejs/node issue 63785). While no such name is ever parsed, every other is
 * read right. A quote that no backslash precedes and one follows opens a string, and before a colon a string is a name.
 */
export function hasBackslashName(text: string): boolean {
  return pattern.test(text);
}
