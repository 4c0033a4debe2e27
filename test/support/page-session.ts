import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type BackgroundProcess, startInBackground } from './background-process.ts';
import { plainEnvironment, runCommand } from './run-command.ts';

/** A terminal in which the commands of a page are run one after another. */
export interface PageSession {
  /**
   * Runs a block and returns what it printed, both streams in the order of a terminal or standard output alone. A
   * block that ends in a server is left running once it listens, and one before it is stopped. Rejects with all that
   * was printed when the block fails.
   */
  run(block: string, streams: 'both' | 'stdout'): Promise<string>;
  /** Ends what still runs. */
  close(): Promise<void>;
}

const server = /^(?:.*&& )?(?:npm start|\.\/weir serve)\b.*$/;
/** Weir says so once it listens. */
const listens = /^admin\s+http/m;

export function openPageSession(directory: string): PageSession {
  // Variables that a block exports are there for the next one; as in a terminal, nothing else of a shell is kept here.
  const exported = path.join(directory, '.exported-variables');
  let running: BackgroundProcess | undefined;
  const stopRunning = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  const script = (block: string): string =>
    [
      'set -e',
      ...(existsSync(exported) ? [`. '${exported}'`] : []),
      block.trimEnd(),
      `export -p | grep -v ' PWD=' > '${exported}'`,
      '',
    ].join('\n');
  return {
    async run(block, streams) {
      if (!endsInServer(block)) return runToEnd(script(block), directory, streams);
      await stopRunning();
      running = startInBackground(['sh', '-c', script(block)], { cwd: directory, env: plainEnvironment() });
      await running.whenPrinted(listens);
      return running.stdout();
    },
    async close() {
      await stopRunning();
      rmSync(exported, { force: true });
    },
  };
}

function endsInServer(block: string): boolean {
  return server.test(block.trim().split('\n').at(-1) ?? '');
}

async function runToEnd(script: string, cwd: string, streams: 'both' | 'stdout'): Promise<string> {
  const text = streams === 'both' ? `exec 2>&1\n${script}` : script;
  const { exitCode, stdout, stderr } = await runCommand(['sh', '-c', text], { cwd, env: plainEnvironment() });
  if (exitCode !== 0) throw new Error(`exit ${exitCode}\n${text}\n${stdout}${stderr}`);
  return stdout;
}
