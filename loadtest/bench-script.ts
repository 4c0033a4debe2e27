import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../test/bench');

/** Runs a script of `test/bench` in a process of its own, and gives the JSON that it prints. */
export function runBenchScript<Result>(
  name: string,
  args: readonly (string | number)[],
  { timeoutMs, nodeArgs = [] }: { readonly timeoutMs: number; readonly nodeArgs?: readonly string[] },
): Promise<Result> {
  return new Promise((fulfil, reject) => {
    const words = [...nodeArgs, resolve(folder, name), ...args.map(String)];
    execFile(process.execPath, words, { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error === null) fulfil(JSON.parse(stdout) as Result);
      else reject(new Error(`${name} failed: ${stderr.trim().slice(-1000) || error.message}`));
    });
  });
}
