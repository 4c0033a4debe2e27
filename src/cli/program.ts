import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { addConfigPrint } from './config-print.ts';
import { examples } from './examples.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { addKeyNew } from './key-new.ts';
import { addServe, type ComposeSystem } from './serve.ts';
import type { Surroundings } from './surroundings.ts';

/** Loads the whole system only when a verb starts it: the others stay quick. */
const composeWhenAsked: ComposeSystem = async (config, options) => {
  const { composeSystem } = await import('../compose.ts');
  return composeSystem(config, options);
};

/** Runs the command line and tells what to exit with; never throws, never exits by itself. */
export async function runProgram(
  surroundings: Surroundings,
  composeSystem: ComposeSystem = composeWhenAsked,
): Promise<ExitCode> {
  const { argv, stderr } = surroundings;
  let exitCode: ExitCode = exitCodes.ok;
  const program = createProgram(surroundings, composeSystem, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    stderr.write(`${error instanceof ConfigError ? error.message : `weir: ${messageOf(error)}`}\n`);
    return error instanceof ConfigError ? exitCodes.usage : exitCodes.failed;
  }
}

function createProgram(
  surroundings: Surroundings,
  composeSystem: ComposeSystem,
  finish: (code: ExitCode) => void,
): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command('weir')
    .description('A quality-of-service proxy in front of Apache Cassandra.')
    .version(version())
    // Both before the first verb: a verb inherits them when it is made.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
    .addHelpText('after', examples('weir serve --config weir.yaml', 'weir key new'));
  addServe(program, surroundings, composeSystem, finish);
  const key = program.command('key').description('Credentials of applications.');
  key.addHelpText('after', examples('weir key new', 'weir key new --json'));
  addKeyNew(key, surroundings);
  const config = program.command('config').description('The configuration.');
  config.addHelpText(
    'after',
    examples(
      'weir config print --config weir.yaml',
      'WEIR_DATA__PORT=9090 weir config print --config weir.yaml',
    ),
  );
  addConfigPrint(config, surroundings);
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something failed without saying what';
}
