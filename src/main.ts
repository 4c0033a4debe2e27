#!/usr/bin/env node
// Nothing is imported statically: imports run before the check, and fail on an old Node with a riddle.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`weir: needs Node 24 or newer, and this is Node ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  const { runProgram } = await import('./cli/program.ts');
  // A reader that went away (`weir config print | head`) is no fault of ours.
  process.stdout.on('error', () => process.exit(1));
  const exitCode = await runProgram({
    argv: process.argv.slice(2),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    stdin: () => process.stdin,
  });
  // Ends the process even where something is still open: `serve` has waited for it as long as it may.
  process.stdout.write('', () => process.exit(exitCode));
}
