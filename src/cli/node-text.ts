import type { ExplainedNode } from '../core/reads/explanation.ts';
import type { Paint } from './paint.ts';
import { printableText } from './printable-text.ts';

/** A node's address, and that it is down. */
export function nodeText({ address, up }: ExplainedNode, paint: Paint): string {
  const text = printableText(address);
  return up ? text : paint('red', `${text} (down)`);
}
