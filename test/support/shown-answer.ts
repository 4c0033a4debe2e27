/** An answer as a page shows it: a status line, some of the headers, and a body where it is of interest. */
export interface ShownAnswer {
  readonly statusLine: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
}

export function readShownAnswer(text: string): ShownAnswer {
  const [head = '', ...body] = text.trim().split('\n\n');
  const [statusLine = '', ...lines] = head.split('\n');
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(':');
    return [name.toLowerCase(), value.join(':').trim()];
  });
  const json = body.length === 0 ? undefined : JSON.parse(body.join('\n\n'));
  return { statusLine, headers: Object.fromEntries(headers), json };
}

/** What an answer says of its own time, and of the tokens that an embedded ring drew at its start. */
const changing = new Set(['ageMs', 'groups', 'groupKeys']);

/** The same JSON, with numbers that differ each time replaced by their kind. */
export function withoutChanging(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutChanging);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      changing.has(name) ? kindOf(value) : withoutChanging(value),
    ]),
  );
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value;
}
