import { EventEmitter } from 'node:events';
import { runProgram } from '../../src/cli/program.ts';
import type { ComposeSystem } from '../../src/cli/serve.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';

interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `weir` in this process; `composeSystem` stands in for the real system, which must not be started here. */
export async function runCli(
  argv: readonly string[],
  env: Surroundings['env'] = {},
  composeSystem: ComposeSystem = () => Promise.reject(new Error('nothing may be started in this test')),
  signals = new EventEmitter(),
): Promise<CliRun> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const exitCode = await runProgram(
    { argv, env, stdout: sink('stdout'), stderr: sink('stderr'), signals },
    composeSystem,
  );
  return { exitCode, ...written };
}
