import type { Colour, Paint } from './paint.ts';
import { printableText } from './printable-text.ts';

/** What a check saw. `todo` is empty when ok. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'failed';
  readonly what: string;
  readonly todo: string;
}

export function ok(what: string): Finding {
  return { state: 'ok', what, todo: '' };
}

export function warning(what: string, todo: string): Finding {
  return { state: 'warning', what, todo };
}

export function failed(what: string, todo: string): Finding {
  return { state: 'failed', what, todo };
}

const colours: Readonly<Record<Finding['state'], Colour>> = { ok: 'green', warning: 'yellow', failed: 'red' };

/** A line each, and under it what to do. */
export function formatFindings(findings: readonly Finding[], paint: Paint): string {
  return findings
    .map(({ state, what, todo }) => {
      const line = `${paint(colours[state], state.padEnd(7))}  ${printableText(what)}\n`;
      return todo === '' ? line : `${line}${' '.repeat(9)}${printableText(todo)}\n`;
    })
    .join('');
}
