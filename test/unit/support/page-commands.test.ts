import { describe, expect, it } from 'vitest';
import { pageCommands } from '../../support/page-commands.ts';
import { replaceExceptions } from '../../support/page-exceptions.ts';

const page = `# Title
\`\`\`sh
one
\`\`\`
\`\`\`text
what one prints
\`\`\`
\`\`\`yaml
a: 1
\`\`\`

\`\`\`sh
two
\`\`\`
`;

describe('the commands of a page', () => {
  it('are its blocks of sh, each with its line and what is shown after it', () => {
    expect(pageCommands('page.md', page)).toEqual([
      { page: 'page.md', line: 3, text: 'one\n', shown: { language: 'text', text: 'what one prints\n' } },
      { page: 'page.md', line: 13, text: 'two\n', shown: undefined },
    ]);
  });

  it('must be there', () => {
    expect(() => pageCommands('page.md', '# Title\n')).toThrow('no commands');
  });

  it.each(['bash', 'console', ''])('are not hidden in a block of "%s"', (language) => {
    const hidden = `${page}\`\`\`${language}\nthree\n\`\`\`\n`;
    expect(() => pageCommands('page.md', hidden)).toThrow('blocks of sh');
  });
});

describe('an exception', () => {
  it.each([
    ['npm ci', 'npm ci --dry-run > /dev/null'],
    ['npm ci && npm start', 'npm ci --dry-run > /dev/null && npm start'],
    ['npm run cluster -- up --schema a.cql   # eight nodes', ':   # eight nodes'],
    ['npm circle', 'npm circle'],
  ])('replaces its own command and nothing else: %s', (block, text) => {
    expect(replaceExceptions(block).text).toBe(text);
  });

  it('names the schema that is to be applied instead', () => {
    expect(replaceExceptions('npm run cluster -- up --schema a.cql\nls').schemas).toEqual(['a.cql']);
  });
});
