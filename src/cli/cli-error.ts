import { type ExitCode, exitCodes } from './exit-codes.ts';

/** A verb cannot go on. The message is for people, and names no credential. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** The command line asks for what cannot be. */
export function usageError(message: string): CliError {
  return new CliError(message, exitCodes.usage);
}

/** The command line is right, and what it asks for did not work. */
export function failure(message: string): CliError {
  return new CliError(message, exitCodes.failed);
}
