/** A slip in a configuration that `weir init` wrote. */
export interface Breakage {
  /** Names the golden file. */
  readonly name: string;
  /** What is in the file, and what the slip makes of it. */
  readonly from: string;
  readonly to: string;
  /** A further file that the slip is about. */
  readonly file?: { readonly name: string; readonly text: string };
}

const dataLine = 'data: { host: 127.0.0.1, port: 8080 }';

/** What people get wrong, one each. */
export const breakages: readonly Breakage[] = [
  { name: '01-misspelt-section', from: '\napplications:', to: '\naplications:' },
  { name: '02-unknown-key', from: 'contactPoints:', to: 'contactPoint:' },
  { name: '03-tab', from: '\n    class: frontend', to: '\n\tclass: frontend' },
  { name: '04-unclosed-bracket', from: 'port: 8080 }', to: 'port: 8080' },
  { name: '05-duplicate-key', from: 'auth: keys', to: 'auth: keys\nauth: trusted' },
  { name: '06-wrong-type', from: 'port: 8080', to: 'port: "80 80"' },
  { name: '07-missing-unit', from: dataLine, to: `${dataLine}\nbounds: { timeout: 5 }` },
  { name: '08-unknown-word', from: '.readings: [read]', to: '.readings: [reed]' },
  { name: '09-misspelt-class', from: 'class: frontend', to: 'class: frontent' },
  { name: '10-cut-hash', from: 'keyHashes: [sha256:', to: 'keyHashes: [sha256:0' },
  { name: '11-missing-variable', from: 'contactPoints:', to: 'username: $' + '{DB_USER}\n  contactPoints:' },
  {
    name: '12-missing-file',
    from: 'contactPoints:',
    to: 'username: weir\n  passwordFile: no-such-file\n  contactPoints:',
  },
  {
    name: '13-topology-file',
    from: 'contactPoints:',
    to: 'topologyFile: nodes.topology\n  contactPoints:',
    file: {
      name: 'nodes.topology',
      text: '127.0.0.11=us-east-1-frontend:us-east-1a\n127.0.0.12=us-east-1-frontend:us-east-1b:127.0.0.x\n',
    },
  },
  {
    name: '14-guarded-stranger',
    from: 'auth: keys',
    to: 'auth: keys\nguard: { target: 60ms, slows: [backed] }',
  },
];

/** The text with the slip in it. Throws where the slip does not fit: it would test nothing. */
export function broken(text: string, { name, from, to }: Breakage): string {
  if (!text.includes(from)) throw new Error(`${name}: the configuration has no ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}
