import type { LimitsDifference } from '../core/throttle/limit-administration.ts';
import { limitText } from './limits-call.ts';
import type { Paint } from './paint.ts';
import { printableText } from './printable-text.ts';

/** What a change did, or would do: a line a limit, and below it what it was and what it is. */
export function differenceText(difference: LimitsDifference, paint: Paint): string {
  const { limits, paused, dryRun, version } = difference;
  const lines = limits.flatMap(({ id, before, after }) => [
    printableText(id.replace('/', ' ')),
    paint('red', printableText(`- ${limitText(before)}`)),
    paint('green', printableText(`+ ${limitText(after)}`)),
  ]);
  for (const { application, after } of paused) {
    const what = after ? 'is paused: whatever costs units is refused' : 'is no longer paused';
    lines.push(printableText(`${application} ${what}`));
  }
  if (lines.length === 0) lines.push('nothing changes');
  lines.push(dryRun ? 'nothing was changed' : `settings version ${version}`);
  return lines.map((line) => `${line}\n`).join('');
}
