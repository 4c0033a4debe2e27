import { runLoadTest } from './command-line.ts';

process.exitCode = await runLoadTest(process.argv.slice(2));
