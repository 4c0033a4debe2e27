import { createHash, randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { examples } from './examples.ts';
import type { Surroundings } from './surroundings.ts';

export function addKeyNew(parent: Command, { stdout, stderr }: Surroundings): void {
  parent
    .command('new')
    .description('Makes a credential of 256 random bits and prints it with its hash; nothing is stored.')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('weir key new', 'weir key new --json'))
    .action(({ json }: { json?: true }) => {
      const key = createKey();
      if (json) {
        stdout.write(`${JSON.stringify(key)}\n`);
        return;
      }
      stdout.write(`credential  ${key.credential}\nhash        ${key.hash}\n`);
      stderr.write('Give the credential to the application; it is shown only now.\n');
      stderr.write('Put the hash into applications.<name>.keyHashes of the configuration.\n');
    });
}

/** A new credential, and what the configuration knows it by: the SHA-256 of its text, prefix included. */
function createKey(): { credential: string; hash: string } {
  const credential = `weir_${randomBytes(32).toString('base64url')}`;
  return { credential, hash: `sha256:${createHash('sha256').update(credential).digest('hex')}` };
}
