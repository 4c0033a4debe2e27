import { styleText } from 'node:util';
import type { Surroundings, TextSink } from './surroundings.ts';

export type Colour = 'bold' | 'dim' | 'green' | 'yellow' | 'red';
export type Paint = (colour: Colour, text: string) => string;

/** Colours on a terminal that has them, and nowhere else: not in files and pipes, not where `NO_COLOR` is set. */
export function paintFor(stream: TextSink, env: Surroundings['env']): Paint {
  const noColor = env['NO_COLOR'] ?? '';
  const colourful = stream.isTTY === true && noColor === '' && env['TERM'] !== 'dumb';
  // The stream was looked at above, by the environment that the program was given.
  return (colour, text) => (colourful ? styleText(colour, text, { validateStream: false }) : text);
}
