import type { Command } from 'commander';
import { createCredential } from './credential.ts';
import { examples } from './examples.ts';
import type { Surroundings } from './surroundings.ts';

export function addKeyNew(parent: Command, { stdout, stderr }: Surroundings): void {
  parent
    .command('new')
    .description('Makes a credential of 256 random bits and prints it with its hash; nothing is stored.')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('weir key new', 'weir key new --json'))
    .action(({ json }: { json?: true }) => {
      const key = createCredential();
      if (json) {
        stdout.write(`${JSON.stringify(key)}\n`);
        return;
      }
      stdout.write(`credential  ${key.credential}\nhash        ${key.hash}\n`);
      stderr.write('Give the credential to the application; it is shown only now.\n');
      stderr.write('Put the hash into applications.<name>.keyHashes of the configuration.\n');
    });
}
