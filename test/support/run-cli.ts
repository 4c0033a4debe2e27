import { EventEmitter } from 'node:events';
import { type ClusterAccess, clusterAccess } from '../../src/cli/cluster-access.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { ComposeSystem } from '../../src/cli/serve.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';

interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may put in place of the standard input and of the clusters that verbs reach by themselves. */
export interface CliStage {
  readonly env?: Surroundings['env'];
  readonly input?: readonly string[];
  readonly clusters?: ClusterAccess;
  /** Both streams are terminals. */
  readonly terminal?: true;
}

/** Runs `weir` in this process; `composeSystem` stands in for the real system, which must not be started here. */
export async function runCli(
  argv: readonly string[],
  env: Surroundings['env'] = {},
  composeSystem: ComposeSystem = () => Promise.reject(new Error('nothing may be started in this test')),
  signals = new EventEmitter(),
  { input = [], clusters = clusterAccess, terminal }: CliStage = {},
): Promise<CliRun> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTTY: terminal,
  });
  const exitCode = await runProgram(
    {
      argv,
      env,
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      signals,
      stdin: async function* () {
        yield* input;
      },
    },
    composeSystem,
    clusters,
  );
  return { exitCode, ...written };
}

/** As `runCli`, for verbs that start no system. */
export function runVerb(argv: readonly string[], { env = {}, ...stage }: CliStage = {}): Promise<CliRun> {
  return runCli(argv, env, undefined, undefined, stage);
}
