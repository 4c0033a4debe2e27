export interface CurlRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The `curl` commands of a shell block. Throws for what is not understood here: an example that cannot be run is none. */
export function curlRequests(shell: string): CurlRequest[] {
  return shell
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim().startsWith('curl '))
    .map((line) => requestOf(splitWords(line).slice(1)));
}

function requestOf(words: readonly string[]): CurlRequest {
  const urls: string[] = [];
  const headers: Record<string, string> = {};
  let body: string | undefined;
  let method: string | undefined;
  const rest = words[Symbol.iterator]();
  for (const word of rest) {
    const value = () => rest.next().value ?? '';
    if (word === '-H') {
      const [name = '', ...parts] = value().split(':');
      headers[name.toLowerCase()] = parts.join(':').trim();
    } else if (word === '-d') body = value();
    else if (word === '-X') method = value();
    else if (!word.startsWith('-')) urls.push(word);
    else if (!/^-s?S?i?$/.test(word)) throw new Error(`the option ${word} of curl is not understood here`);
  }
  const [url, ...others] = urls;
  if (url === undefined || others.length > 0) throw new Error(`curl needs one URL: ${words.join(' ')}`);
  // As curl does of itself; an example that forgets the header shall fail as it would in a terminal.
  if (body !== undefined) headers['content-type'] ??= 'application/x-www-form-urlencoded';
  return { url, method: method ?? (body === undefined ? 'GET' : 'POST'), headers, body };
}

/** Words as a shell makes them of quotes; variables, pipes and the like are not understood. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (/[$`|&;<>]/.test(word.replaceAll(/'[^']*'/g, ''))) {
      throw new Error(`only plain words are understood here: ${word}`);
    }
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return words;
}
