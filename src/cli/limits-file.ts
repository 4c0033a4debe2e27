import type { Command } from 'commander';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { LimitChanges } from '../core/throttle/limit-administration.ts';
import type { LimitChange } from '../core/throttle/limit-book.ts';
import { findAdminPort } from './admin-call.ts';
import { usageError } from './cli-error.ts';
import { examples } from './examples.ts';
import { askLimits, changeLimits } from './limits-call.ts';
import { type ChangeVerbOptions, printDifference, withChangeOptions } from './limits-set.ts';
import { readSmallFile } from './read-small-file.ts';
import type { Surroundings } from './surroundings.ts';

const largestFileBytes = 262_144;

export function addLimitsDiff(parent: Command, surroundings: Surroundings): void {
  const diff = parent
    .command('diff')
    .description('Shows what applying a file of limits would change; changes nothing.')
    .argument('<file>', 'YAML, for example: limits: { storefront: { read: { rate: 20000 } } }');
  withChangeOptions(diff)
    .addHelpText('after', examples('weir limits diff limits.yaml', 'weir limits diff limits.yaml --json'))
    .action((file: string, options: ChangeVerbOptions) =>
      applyFile(file, { ...options, dryRun: true }, surroundings),
    );
}

export function addLimitsApply(parent: Command, surroundings: Surroundings): void {
  const apply = parent
    .command('apply')
    .description(
      'Sets at run time all limits of a file, or none of them; a limit that is null goes back to the configuration, those that are not named stay.',
    )
    .argument('<file>', 'YAML, for example: limits: { storefront: { read: { rate: 20000 } } }');
  withChangeOptions(apply)
    .addHelpText(
      'after',
      examples(
        'weir limits apply limits.yaml --dry-run',
        'weir limits apply limits.yaml --admin-key-file operator.key',
      ),
    )
    .action((file: string, options: ChangeVerbOptions) => applyFile(file, options, surroundings));
}

async function applyFile(
  file: string,
  options: ChangeVerbOptions,
  surroundings: Surroundings,
): Promise<void> {
  const changes = changesFrom(file);
  const admin = await findAdminPort(options, surroundings);
  const { view } = await askLimits(admin);
  const over = { tag: view.tag, dryRun: options.dryRun === true };
  printDifference(await changeLimits(admin, changes, over), options, surroundings);
}

/** Throws a usage error with the line of what is no YAML, or has not the form; what the limits say is checked by Weir. */
function changesFrom(file: string): LimitChanges {
  const lineCounter = new LineCounter();
  const text = readSmallFile(file, largestFileBytes);
  const document = parseDocument(text, { logLevel: 'error', lineCounter });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line;
    throw usageError(`${file}${line === undefined ? '' : `:${line}`}: it is no YAML that can be read`);
  }
  const alias = firstAlias(document);
  if (alias !== undefined) {
    const { line } = lineCounter.linePos(alias.at);
    throw usageError(`${file}:${line}: it has an alias, *${alias.name}: write out what it stands for`);
  }
  const tree: unknown = document.toJS({ maxAliasCount: 0 });
  const limits = memberOf(tree, 'limits');
  if (!isObject(tree) || Object.keys(tree).length !== 1 || !isObject(limits)) {
    throw usageError(`${file}: it has one section, limits, with a section for each subject in it`);
  }
  const changes: Record<string, LimitChange | null> = {};
  for (const [subject, operations] of Object.entries(limits)) {
    if (!isObject(operations)) throw usageError(`${file}: limits.${subject} is no section of operations`);
    for (const [operation, change] of Object.entries(operations)) {
      if (change !== null && !isObject(change)) {
        throw usageError(`${file}: limits.${subject}.${operation} is neither a section nor null`);
      }
      changes[`${subject}/${operation}`] = change;
    }
  }
  if (Object.keys(changes).length === 0) throw usageError(`${file}: it names no limit`);
  return changes;
}

/** Aliases are not followed: a short file with them can stand for an endless one. */
function firstAlias(document: Document.Parsed): { readonly name: string; readonly at: number } | undefined {
  let found: { readonly name: string; readonly at: number } | undefined;
  visit(document, {
    Alias(_key, { source, range }) {
      found = { name: source, at: range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

function memberOf(tree: unknown, name: string): unknown {
  return isObject(tree) && Object.hasOwn(tree, name) ? tree[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
