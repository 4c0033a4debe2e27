import { code, formatTable } from '../markdown.ts';
import { projectRoot } from '../project-files.ts';

/** Runs one program with arguments and resolves with what it printed. */
export type PrintHelp = (args: readonly string[]) => Promise<string>;

interface Help {
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly Term[];
  readonly options: readonly Term[];
  readonly commands: readonly string[];
  readonly examples: readonly string[];
}

interface Term {
  readonly term: string;
  readonly description: string;
}

/**
 * A section for each verb of a program, from what its help prints; verbs that only hold others have none, the
 * program itself only where it has options. `called` turns its usage into how the project calls it.
 */
export async function verbSections(
  printHelp: PrintHelp,
  called: (usage: string) => string = (usage) => usage,
): Promise<string> {
  const help = parseHelp(await printHelp(['--help']));
  const verbs = await sectionsBelow(printHelp, help, [], called);
  if (verbs.length === 0) throw new Error(`no verbs in: ${help.usage}`);
  const root = optionsOf(help).length > 0 ? [sectionOf(help, called)] : [];
  return [...root, ...verbs].join('\n\n');
}

async function sectionsBelow(
  printHelp: PrintHelp,
  { commands }: Help,
  path: readonly string[],
  called: (usage: string) => string,
): Promise<string[]> {
  const sections: string[] = [];
  for (const name of commands) {
    const verb = [...path, name];
    const help = parseHelp(await printHelp([...verb, '--help']));
    if (help.commands.length > 0) sections.push(...(await sectionsBelow(printHelp, help, verb, called)));
    else sections.push(sectionOf(help, called));
  }
  return sections;
}

/** `--help` goes without saying. */
function optionsOf(help: Help): Term[] {
  return help.options.filter(({ term }) => term !== '-h, --help');
}

function sectionOf(help: Help, called: (usage: string) => string): string {
  const usage = called(help.usage);
  const heading = usage.replace(/ (?:-- )?[[<].*/, '');
  const rows = [...help.arguments, ...optionsOf(help)].map(({ term, description }) => [
    code(term),
    description,
  ]);
  return [
    `### ${heading}`,
    code(usage),
    help.description,
    ...(rows.length > 0 ? [formatTable(['argument or option', 'meaning'], rows)] : []),
    ['```sh', ...help.examples, '```'].join('\n'),
  ].join('\n\n');
}

/** The help of commander: paragraphs with titles, terms in columns, long lines wrapped and indented. */
function parseHelp(text: string): Help {
  const paragraphs = text
    .trim()
    .replaceAll(`${projectRoot}/`, '')
    .split(/\n{2,}/);
  const [usage = '', description = ''] = paragraphs;
  const titled = (title: string) =>
    paragraphs.find((paragraph) => paragraph.startsWith(`${title}:\n`))?.slice(title.length + 2) ?? '';
  return {
    usage: usage.replace(/^Usage: /, ''),
    description: joinLines(description),
    arguments: terms(titled('Arguments')),
    options: terms(titled('Options')),
    commands: terms(titled('Commands'))
      .map(({ term }) => term.split(' ', 1)[0] ?? '')
      .filter((name) => name !== 'help'),
    examples: titled('Examples')
      .split('\n')
      .map((line) => line.trim()),
  };
}

function terms(paragraph: string): Term[] {
  const joined = paragraph.replaceAll(/\n {3,}/g, ' ');
  return [...joined.matchAll(/^ {2}(\S.*?)(?: {2,}(.*))?$/gm)].map(([, term = '', description = '']) => ({
    term,
    description: joinLines(description),
  }));
}

function joinLines(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
