/** An answer as a page shows it: a status line, some of the headers, and a body where it is of interest. */
export interface ShownAnswer {
  readonly statusLine: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of lines of JSON a list. */
  readonly json: unknown;
}

export function readShownAnswer(text: string): ShownAnswer {
  const [head = '', ...body] = text.trim().split('\n\n');
  const [statusLine = '', ...lines] = head.split('\n');
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(':');
    return [name.toLowerCase(), value.join(':').trim()];
  });
  const told = Object.fromEntries(headers);
  const json = body.length === 0 ? undefined : parseBody(body.join('\n\n'), told['content-type']);
  return { statusLine, headers: told, json };
}

/** The body of an answer: JSON, or a list of what each line of it is. */
export function parseBody(text: string, contentType: string | null | undefined): unknown {
  if (contentType !== 'application/x-ndjson') return JSON.parse(text);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What an answer says of its own time, and of the tokens that an embedded ring drew at its start; and what is sealed. */
const changing = new Set([
  ...['ageMs', 'timestampMicros', 'cursor', 'groups', 'groupKeys'],
  ...['start', 'end', 'owners', 'estimatedRows'],
]);

/** The same JSON, with numbers that differ each time replaced by their kind. */
export function withoutChanging(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutChanging);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      changing.has(name) && !isObject(value) ? kindOf(value) : withoutChanging(value),
    ]),
  );
}

/** The last line of a scan is an object of the name `end`. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value;
}
