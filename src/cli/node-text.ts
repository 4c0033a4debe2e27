import type { ExplainedNode } from '../core/reads/explanation.ts';
import type { Paint } from './paint.ts';
import { printableText } from './printable-text.ts';

/** A node's address, and where it is not up why that is. */
export function nodeText({ address, up }: ExplainedNode, paint: Paint): string {
  const text = printableText(address);
  if (up === null) return `${text} (unread)`;
  return up ? text : paint('red', `${text} (down)`);
}
