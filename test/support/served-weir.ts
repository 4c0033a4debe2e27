import { type BackgroundProcess, startInBackground } from './background-process.ts';
import { projectRoot } from './project-files.ts';

/** A `weir serve` in a process of its own. */
export interface ServedWeir extends BackgroundProcess {
  /** What it printed once it listened. */
  readonly greeting: string;
  readonly dataUrl: string;
  readonly adminUrl: string;
}

export interface ServeOptions {
  /** How `weir` is started; the sources of the project unless given. */
  readonly program?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const listens = /^admin\s+https?:\/\/\S+$/m;

/** Waits until it listens; rejects with what it said where it ends before. */
export async function serveWeir(
  args: readonly string[],
  { program = [process.execPath, 'src/main.ts'], cwd = projectRoot, env = process.env }: ServeOptions = {},
): Promise<ServedWeir> {
  const child = startInBackground([...program, 'serve', ...args], { cwd, env });
  await child.whenPrinted(listens);
  // The greeting is one write, so that all of it is there.
  const greeting = child.stdout();
  const url = (name: string): string =>
    new RegExp(`^${name}\\s+(https?://\\S+)$`, 'm').exec(greeting)?.[1] ?? '';
  return { ...child, greeting, dataUrl: url('data'), adminUrl: url('admin') };
}
