/**
 * Text from elsewhere as one line for a terminal: what would move the cursor, change the colour or the direction of
 * writing is shown as an escape.
 */
export function printableText(text: string): string {
  return text.replaceAll(unprintable, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

// Control characters, line and paragraph separators, marks that turn the direction of writing.
const unprintable = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
