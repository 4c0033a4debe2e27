import type { Command } from 'commander';
import { usageError } from './cli-error.ts';
import { createCredential, credentialFileAt } from './credential.ts';
import { examples } from './examples.ts';
import { refuseExisting, writeFiles } from './init-files.ts';
import type { Surroundings } from './surroundings.ts';

interface KeyOptions {
  readonly credentialFile?: string;
  readonly force?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addKeyNew(parent: Command, surroundings: Surroundings): void {
  parent
    .command('new')
    .description(
      'Makes a credential of 256 random bits; prints it with its hash, or writes it to a file and prints the hash alone.',
    )
    .option('--credential-file <file>', 'where the credential goes, readable by you alone; default: printed')
    .option('--force', 'write over a file that is there')
    .option('--dry-run', 'make no credential, and say what would be written')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('weir key new', 'weir key new --credential-file storefront.key'))
    .action((options: KeyOptions) => {
      const { credentialFile } = options;
      if (credentialFile === undefined) printNew(options, surroundings);
      else writeNew(credentialFile, options, surroundings);
    });
}

const whereTheHashGoes =
  'Put the hash into applications.<name>.keyHashes of the configuration, or into admin.keyHashes.\n';

function printNew({ force, dryRun, json }: KeyOptions, { stdout, stderr }: Surroundings): void {
  if (force || dryRun) throw usageError('--force and --dry-run are for a file: give --credential-file too');
  const key = createCredential();
  if (json) {
    stdout.write(`${JSON.stringify(key)}\n`);
    return;
  }
  stdout.write(`credential  ${key.credential}\nhash        ${key.hash}\n`);
  stderr.write('Give the credential to the application; it is shown only now.\n');
  stderr.write(whereTheHashGoes);
}

function writeNew(file: string, { force, dryRun, json }: KeyOptions, { stdout, stderr }: Surroundings): void {
  if (!force) refuseExisting([file]);
  if (dryRun) {
    if (json) stdout.write(`${JSON.stringify({ credentialFile: file })}\n`);
    stderr.write(`weir: a new credential would go into ${file}; nothing was written\n`);
    return;
  }
  const { credential, hash } = createCredential();
  writeFiles([credentialFileAt(file, credential)]);
  stdout.write(json ? `${JSON.stringify({ hash, credentialFile: file })}\n` : `${hash}\n`);
  if (!json) stderr.write(whereTheHashGoes);
}
