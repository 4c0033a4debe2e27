import type { Surroundings } from './surroundings.ts';

/** How the program is called where it was started: hints and help can then be typed as they stand. */
export function programName(env: Surroundings['env']): string {
  const named = env['WEIR_COMMAND'] ?? '';
  return /^[\w./@+-]+$/.test(named) ? named : 'weir';
}
