import { runLauncher } from './command-line.ts';

process.exitCode = await runLauncher(process.argv.slice(2), {
  print: (line) => console.log(line),
  talk: (line) => console.error(line),
});
