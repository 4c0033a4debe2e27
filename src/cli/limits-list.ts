import type { Command } from 'commander';
import type { ShownLimit } from '../core/throttle/limit-administration.ts';
import { type AdminOptions, findAdminPort, withAdminOptions } from './admin-call.ts';
import { examples } from './examples.ts';
import { askLimits, findLimit, limitText } from './limits-call.ts';
import { paintFor } from './paint.ts';
import { printableText } from './printable-text.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTextTable } from './text-table.ts';

export function addLimitsList(parent: Command, surroundings: Surroundings): void {
  const list = parent
    .command('list')
    .description('Shows every limit that holds, and whether it comes from the file or was set at run time.')
    .option('--json', 'print the answer as it came');
  withAdminOptions(list)
    .addHelpText('after', examples('weir limits list --config weir.yaml', 'weir limits list --json'))
    .action(async (options: AdminOptions & { json?: true }) => {
      const { view, text } = await askLimits(await findAdminPort(options, surroundings));
      const { stdout, stderr, env } = surroundings;
      if (options.json) {
        stdout.write(`${text}\n`);
        return;
      }
      const rows = view.limits.map(limitCells);
      if (rows.length === 0) stderr.write('there is no limit\n');
      else stdout.write(formatTextTable(header, rows, paintFor(stdout, env)));
      for (const name of view.paused) stderr.write(`paused: ${printableText(name)}\n`);
    });
}

const header = [
  'subject',
  'operation',
  'rate/s',
  'burst',
  'sessions',
  'mode',
  'enforce',
  'over',
  'store down',
  'from',
];

function limitCells({ subject, operation, limit, change }: ShownLimit): readonly string[] {
  const from = change === null ? 'file' : 'run time';
  const cells = [
    ...[limit?.rate, limit?.burst, limit?.sessions],
    ...[limit?.mode, limit?.enforce, limit?.onOver, limit?.onStoreDown],
  ];
  return [subject, operation, ...cells.map((cell) => (cell === undefined ? '-' : String(cell))), from].map(
    printableText,
  );
}

export function addLimitsGet(parent: Command, surroundings: Surroundings): void {
  const get = parent
    .command('get')
    .description('Shows one limit: what holds, what the file says, and what was set at run time.')
    .argument('<subject>', 'an application, class:NAME, or fleet:all')
    .argument('<operation>', 'read, write, scan or connect')
    .option('--json', 'print one JSON object');
  withAdminOptions(get)
    .addHelpText(
      'after',
      examples('weir limits get storefront read', 'weir limits get class:backend scan --json'),
    )
    .action(async (subject: string, operation: string, options: AdminOptions & { json?: true }) => {
      const { view } = await askLimits(await findAdminPort(options, surroundings));
      const found = findLimit(view, `${subject}/${operation}`);
      if (options.json) {
        surroundings.stdout.write(`${JSON.stringify(found)}\n`);
        return;
      }
      const { limit, file, change } = found;
      const set = change === null ? 'nothing' : JSON.stringify(change);
      const lines = [`holds     ${limitText(limit)}`, `file      ${limitText(file)}`, `run time  ${set}`];
      surroundings.stdout.write(lines.map((line) => `${printableText(line)}\n`).join(''));
    });
}
