import type { PageArea } from '../ports.ts';
import { tokenOfKey } from '../token/partition-key.ts';
import { type Token, tokenToDecimal } from '../token/token.ts';
import type { ScanArea } from './scan-request.ts';
import { laterToken, previousToken } from './token-neighbours.ts';

/**
 * How far a scan has come.
 * - `token`: all rows up to it are delivered, and none behind it; so a partition's beginning is told, too
 * - `page`: within `area`, a stretch of the ring or the partition, where the page before ended. `lastToken` is that of
 *   the last row before, or the start of the area where there was none: more rows of it may come.
 */
export type ScanPosition =
  | { readonly kind: 'token'; readonly token: Token }
  | {
      readonly kind: 'page';
      readonly area: PageArea;
      readonly pageState: Uint8Array;
      readonly lastToken: Token;
    };

/** What to scan anew where a cursor is of no use any more, in the form of a request's members. */
export type ScanRestart =
  | { readonly range: { readonly start: string; readonly end: string } }
  | { readonly key: unknown };

/** Where nothing of the area is delivered. */
export function startOf(area: ScanArea): ScanPosition {
  const token = area.kind === 'range' ? area.after : previousToken(tokenOfKey(area.key));
  return { kind: 'token', token };
}

/** The last partition may have been delivered in part: it comes again as a whole. */
export function restartAt(area: ScanArea, position: ScanPosition): ScanRestart {
  if (area.kind === 'partition') return { key: area.keyJson };
  return {
    range: { start: tokenToDecimal(safeStart(area.after, position)), end: tokenToDecimal(area.upTo) },
  };
}

function safeStart(after: Token, position: ScanPosition): Token {
  if (position.kind === 'token') return position.token;
  const start = position.area.kind === 'range' ? position.area.after : after;
  return laterToken(start, previousToken(position.lastToken));
}
