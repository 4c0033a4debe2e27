import type { Command } from 'commander';
import { usageError } from './cli-error.ts';
import { readSecret } from './secret-source.ts';
import type { Surroundings } from './surroundings.ts';

/** As which application a verb asks the data port. */
export interface CallerOptions {
  readonly application?: string;
  readonly credentialFile?: string;
}

export function withCallerOptions(command: Command): Command {
  return command
    .option('--application <name>', 'who asks, where the configuration says auth: trusted')
    .option('--credential-file <file>', 'file with the credential of who asks; default: WEIR_CREDENTIAL');
}

/** Throws a usage error where nobody is named, or two are. */
export function identityHeaders(
  { application, credentialFile }: CallerOptions,
  { env }: Pick<Surroundings, 'env'>,
): Readonly<Record<string, string>> {
  if (application !== undefined && credentialFile !== undefined) {
    throw usageError('either --application or --credential-file says who asks, not both');
  }
  if (application !== undefined) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(application))
      throw usageError('--application: this is no name');
    return { 'x-weir-app': application };
  }
  const credential = readSecret(credentialFile, 'WEIR_CREDENTIAL', env);
  if (credential === undefined) {
    throw usageError(
      'who asks? give --credential-file or WEIR_CREDENTIAL, or --application where the configuration says auth: trusted',
    );
  }
  return { authorization: `Bearer ${credential}` };
}

/** What to do about a refusal, by status. */
export const callerHints: Readonly<Record<number, string>> = {
  401: 'say who asks: --application where the configuration says auth: trusted, else a credential (see --help)',
};
