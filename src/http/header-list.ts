/** The members of a list in a header: split at commas outside of quoted strings; a quote that is never closed takes the rest. */
export function splitUnquoted(list: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < list.length; at += 1) {
    const character = list[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) {
      parts.push(list.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, list.slice(start)];
}
