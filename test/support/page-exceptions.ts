/**
 * Commands of the pages that are not run as they stand. Everything else is. An exception that no page needs any more
 * fails the test.
 */
export interface PageException {
  /** The whole command, up to an `&&`, a comment or the end of its line. */
  readonly command: RegExp;
  readonly reason: string;
  /** What holds the command instead. */
  readonly covered: string;
  /** What is run in its place; `schema` is the file that the command names. */
  readonly instead: { readonly kind: 'shell'; readonly text: string } | { readonly kind: 'schema' };
}

export const pageExceptions: readonly PageException[] = [
  {
    command: /^npm ci$/,
    reason: 'installs what the tests are running on',
    covered: 'the dry run here, and every run on a fresh machine, which begins with it',
    instead: { kind: 'shell', text: 'npm ci --dry-run > /dev/null' },
  },
  {
    command: /^npm run cluster -- up --schema (?<schema>\S+)$/,
    reason:
      'starts eight nodes; the tests share one cluster that runs already, and the schema is applied to it',
    covered: 'test/integration/launcher.test.ts',
    instead: { kind: 'schema' },
  },
];

/** A block without its exceptions. `schemas` are to be applied to the cluster before it runs. */
export function replaceExceptions(block: string): {
  readonly text: string;
  readonly schemas: readonly string[];
  readonly used: readonly PageException[];
} {
  const schemas: string[] = [];
  const used: PageException[] = [];
  const replace = (command: string): string => {
    const [, bare = '', comment = ''] = /^(.*?)(\s+#.*)?$/.exec(command) ?? [];
    const exception = pageExceptions.find((each) => each.command.test(bare));
    if (exception === undefined) return command;
    used.push(exception);
    const { instead } = exception;
    if (instead.kind === 'shell') return `${instead.text}${comment}`;
    schemas.push(exception.command.exec(bare)?.groups?.['schema'] ?? '');
    return `:${comment}`;
  };
  const text = block
    .split('\n')
    .map((line) => line.split(' && ').map(replace).join(' && '))
    .join('\n');
  return { text, schemas, used };
}
