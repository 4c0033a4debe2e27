import { type Command, InvalidArgumentError } from 'commander';
import type { GuardOverride, GuardView } from '../core/guard/guard.ts';
import { type AdminOptions, type AdminPort, findAdminPort, withAdminOptions } from './admin-call.ts';
import { failure, usageError } from './cli-error.ts';
import { examples } from './examples.ts';
import { guardText } from './guard-text.ts';
import { paintFor } from './paint.ts';
import { parseObject } from './problem-text.ts';
import type { Surroundings } from './surroundings.ts';

interface GuardOptions extends AdminOptions {
  readonly set?: number;
  readonly release?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const path = '/admin/v1/guard';
const bounds = { least: 0.01, most: 1 } as const;

export function addGuard(program: Command, surroundings: Surroundings): void {
  const guard = program
    .command('guard')
    .description(
      'Shows how far the guard of a running fleet slows whom, and why; sets the factor in its place, on every instance within two seconds, or gives it back.',
    )
    .option(
      '--set <factor>',
      `hold the limits of the slowed classes at this part of themselves, from ${bounds.least} to ${bounds.most}, until --release`,
      parseFactor,
    )
    .option('--release', 'let the guard decide again')
    .option('--dry-run', 'change nothing; say what would change')
    .option('--json', 'print the answer as it came');
  withAdminOptions(guard)
    .addHelpText(
      'after',
      examples('weir guard --config weir.yaml', 'weir guard --set 0.5 --admin-key-file operator.key'),
    )
    .action((options: GuardOptions) => runGuard(options, surroundings));
}

async function runGuard(options: GuardOptions, surroundings: Surroundings): Promise<void> {
  const factor = wantedFactor(options);
  const admin = await findAdminPort(options, surroundings);
  const { stdout, env } = surroundings;
  if (factor !== undefined && options.dryRun) {
    const { override } = (await askGuard(admin)).view;
    stdout.write(options.json ? `${dryRunJson(override, factor)}\n` : dryRunText(override, factor));
    return;
  }
  const { view, text } = factor === undefined ? await askGuard(admin) : await overrideGuard(admin, factor);
  stdout.write(options.json ? `${text}\n` : guardText(view, paintFor(stdout, env)));
}

/** Null gives it back; undefined: nothing is to change. Throws a usage error for options that contradict each other. */
function wantedFactor({ set, release, dryRun }: GuardOptions): number | null | undefined {
  if (set !== undefined && release) throw usageError('give either --set or --release');
  const wanted = release ? null : set;
  if (wanted === undefined && dryRun) throw usageError('--dry-run goes with --set or --release');
  return wanted;
}

async function askGuard(admin: AdminPort): Promise<ReturnType<typeof readAnswer>> {
  return readAnswer((await admin.call({ path, method: 'GET' })).text);
}

async function overrideGuard(
  admin: AdminPort,
  factor: number | null,
): Promise<ReturnType<typeof readAnswer>> {
  const body = JSON.stringify({ factor });
  return readAnswer((await admin.call({ path, method: 'PUT', body })).text);
}

/** `text` is the answer as it came. */
function readAnswer(text: string): { readonly view: GuardView; readonly text: string } {
  const view = parseObject(text) as Partial<GuardView> | undefined;
  if (typeof view?.steering?.factor !== 'number' || typeof view.steering.latency !== 'object') {
    throw failure('the answer tells of no guard; is this the address of an admin port?');
  }
  return { view: view as GuardView, text };
}

function dryRunText(override: GuardOverride | null, factor: number | null): string {
  const now = override === null ? 'the guard decides' : `${override.factor} is set`;
  const then = factor === null ? 'the guard would decide' : `the factor would be ${factor}`;
  return `${now}; ${then}; nothing was changed\n`;
}

function dryRunJson(override: GuardOverride | null, factor: number | null): string {
  return JSON.stringify({ before: override?.factor ?? null, after: factor, dryRun: true });
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (!/^[0-9]?\.?[0-9]{1,6}$/.test(text) || factor < bounds.least || factor > bounds.most) {
    throw new InvalidArgumentError(`A number from ${bounds.least} to ${bounds.most} is expected.`);
  }
  return factor;
}
