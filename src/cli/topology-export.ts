import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { SnitchFile } from '../core/topology/snitch-files.ts';
import { failure } from './cli-error.ts';
import { examples } from './examples.ts';
import type { Surroundings } from './surroundings.ts';
import { readTopology, type TopologyOptions, withTopologySource } from './topology-source.ts';

interface ExportOptions extends TopologyOptions {
  readonly out: string;
  readonly dryRun?: true;
  readonly force?: true;
  readonly json?: true;
}

export function addTopologyExport(parent: Command, surroundings: Surroundings): void {
  const topologyExport = parent
    .command('export')
    .description("Writes Cassandra's own snitch files from a topology file, and prints their paths.")
    .requiredOption('--out <folder>', 'where to; made when it is not there')
    .option('--force', 'write over files that are there')
    .option('--dry-run', 'write nothing')
    .option('--json', 'print one JSON array, with the contents');
  withTopologySource(topologyExport)
    .addHelpText(
      'after',
      examples(
        'weir topology export topology/global/global.topology --out snitch --dry-run',
        'weir topology export --config weir.yaml --out snitch --force',
      ),
    )
    .action(async (file: string | undefined, options: ExportOptions) => {
      const { topology } = await readTopology(file, options, surroundings);
      const { snitchFiles } = await import('../core/topology/snitch-files.ts');
      const files = snitchFiles(topology).map(({ path, content }) => ({
        path: join(options.out, path),
        content,
      }));
      if (!options.dryRun) writeSnitchFiles(files, options.force === true);
      const { stdout, stderr } = surroundings;
      stdout.write(
        options.json ? `${JSON.stringify(files)}\n` : files.map(({ path }) => `${path}\n`).join(''),
      );
      stderr.write(`weir: ${files.length} files ${options.dryRun ? 'would be written' : 'were written'}\n`);
    });
}

/** None is written when one of them is in the way. */
function writeSnitchFiles(files: readonly SnitchFile[], force: boolean): void {
  const inTheWay = force ? undefined : files.find(({ path }) => existsSync(path));
  if (inTheWay !== undefined) throw failure(`${inTheWay.path} is there already; --force writes over it`);
  for (const { path, content } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, 'latin1');
    } catch (error) {
      throw failure(`${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }
}
