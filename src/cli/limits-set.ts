import type { Command } from 'commander';
import type { LimitChange } from '../core/throttle/limit-book.ts';
import { type AdminOptions, findAdminPort, withAdminOptions } from './admin-call.ts';
import { usageError } from './cli-error.ts';
import { examples } from './examples.ts';
import { askLimits, changeLimits, pauseApplication } from './limits-call.ts';
import { differenceText } from './limits-text.ts';
import { paintFor } from './paint.ts';
import type { Surroundings } from './surroundings.ts';

export interface ChangeVerbOptions extends AdminOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

/** The options of the verbs that change limits. */
export function withChangeOptions(command: Command): Command {
  command
    .option('--dry-run', 'change nothing; say what would change')
    .option('--json', 'print the answer as it came');
  return withAdminOptions(command);
}

export function printDifference(
  { difference, text }: Awaited<ReturnType<typeof changeLimits>>,
  { json }: ChangeVerbOptions,
  { stdout, env }: Surroundings,
): void {
  stdout.write(json ? `${text}\n` : differenceText(difference, paintFor(stdout, env)));
}

export function addLimitsSet(parent: Command, surroundings: Surroundings): void {
  const set = parent
    .command('set')
    .description(
      'Sets members of one limit at run time, on every instance within a second; what is not named stays as it is.',
    )
    .argument('<subject>', 'an application, class:NAME, or fleet:all')
    .argument('<operation>', 'read, write, scan or connect')
    .argument('<member=value...>', 'rate, burst, sessions, mode, enforce, onOver, onStoreDown');
  withChangeOptions(set)
    .addHelpText(
      'after',
      examples(
        'weir limits set storefront read rate=30000 burst=60000 --dry-run',
        'weir limits set fleet:all read enforce=shadow --admin-key-file operator.key',
      ),
    )
    .action(
      async (
        subject: string,
        operation: string,
        written: readonly string[],
        options: ChangeVerbOptions,
      ): Promise<void> => {
        const named = parseMembers(written);
        const admin = await findAdminPort(options, surroundings);
        const id = `${subject}/${operation}`;
        const { view } = await askLimits(admin);
        const before = view.limits.find((limit) => limit.id === id)?.change ?? {};
        // What is none of the members is refused by Weir, which knows them all.
        const change = { ...before, ...named } as LimitChange;
        const over = { tag: view.tag, dryRun: options.dryRun === true };
        printDifference(await changeLimits(admin, { [id]: change }, over), options, surroundings);
      },
    );
}

export function addLimitsUnset(parent: Command, surroundings: Surroundings): void {
  const unset = parent
    .command('unset')
    .description('Takes back what was set at run time for one limit: the file holds again.')
    .argument('<subject>', 'an application, class:NAME, or fleet:all')
    .argument('<operation>', 'read, write, scan or connect');
  withChangeOptions(unset)
    .addHelpText(
      'after',
      examples('weir limits unset storefront read --dry-run', 'weir limits unset fleet:all read'),
    )
    .action(async (subject: string, operation: string, options: ChangeVerbOptions) => {
      const admin = await findAdminPort(options, surroundings);
      const { view } = await askLimits(admin);
      const over = { tag: view.tag, dryRun: options.dryRun === true };
      const changed = await changeLimits(admin, { [`${subject}/${operation}`]: null }, over);
      printDifference(changed, options, surroundings);
    });
}

export function addLimitsPause(parent: Command, surroundings: Surroundings, verb: 'pause' | 'resume'): void {
  const pause = parent
    .command(verb)
    .description(
      verb === 'pause'
        ? 'Refuses whatever an application asks that costs units, on every instance, until it is resumed; what is cached is still answered.'
        : 'Lets a paused application in again.',
    )
    .argument('<application>', 'its name in the configuration');
  withChangeOptions(pause)
    .addHelpText(
      'after',
      examples(`weir limits ${verb} nightly-report --dry-run`, `weir limits ${verb} nightly-report`),
    )
    .action(async (application: string, options: ChangeVerbOptions) => {
      const admin = await findAdminPort(options, surroundings);
      const changed = await pauseApplication(admin, application, verb, options.dryRun === true);
      printDifference(changed, options, surroundings);
    });
}

/** Numbers as numbers; throws a usage error for what is no `member=value`. */
function parseMembers(written: readonly string[]): Readonly<Record<string, unknown>> {
  const members = new Map<string, unknown>();
  for (const text of written) {
    const [, member, value] = /^([A-Za-z]{1,32})=(\S{1,64})$/.exec(text) ?? [];
    if (member === undefined || value === undefined) {
      throw usageError('each member is given as member=value, for example rate=20000');
    }
    if (members.has(member)) throw usageError(`${member} is given twice`);
    members.set(member, /^\d+(\.\d+)?(e\d+)?$/i.test(value) ? Number(value) : value);
  }
  return Object.fromEntries(members);
}
