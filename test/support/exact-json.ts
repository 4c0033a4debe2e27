interface ExactJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { source: string }) => unknown,
  ): unknown;
  rawJSON(source: string): unknown;
}

/** Parsed so that `JSON.stringify` writes every number as it was read: -0.0 has no other way through. */
export function parseExactly(text: string): unknown {
  const json = JSON as unknown as ExactJson;
  return json.parse(text, (_name, value, { source }) =>
    typeof value === 'number' ? json.rawJSON(source) : value,
  );
}
