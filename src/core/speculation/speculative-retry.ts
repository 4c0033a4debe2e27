/** When a message that has not been answered is sent to another owner as well; `none` is never. */
export type SpeculativeRetry =
  | { readonly kind: 'none' }
  | { readonly kind: 'always' }
  /** `percentile` in (0, 100). */
  | { readonly kind: 'percentile'; readonly percentile: number }
  | { readonly kind: 'fixed'; readonly delayMs: number }
  | { readonly kind: 'min' | 'max'; readonly first: SpeculativeRetry; readonly second: SpeculativeRetry };

/** What a table has where nobody said otherwise. */
export const defaultSpeculativeRetry: SpeculativeRetry = {
  kind: 'min',
  first: { kind: 'percentile', percentile: 99 },
  second: { kind: 'fixed', delayMs: 15 },
};

/** What `parseSpeculativeRetry` reads, for messages that refuse something else. */
export const speculativeRetryForms =
  'NONE, ALWAYS, a percentile such as 99p, a time such as 15ms (at most a day), or MIN(99p,15ms) or MAX(99p,15ms) of both';

const longestDelayMs = 86_400_000;
/** Longer text is no rule; reading it would be work for nothing. */
const longestText = 64;

/** Six decimals at most, so that a number is written as it is read, without an exponent. */
const number = '(\\d{1,8}(?:\\.\\d{0,6})?|\\.\\d{1,6})';
const simpleForm = new RegExp(`^${number}\\s*(p|percentile|ms)$`, 'i');
const compoundForm = /^(min|max)\s*\(([^(),]*),([^(),]*)\)$/i;

/**
 * Reads a rule in the grammar of Cassandra's table option `speculative_retry`, in any case and with spaces between
 * its parts. As there, MIN and MAX take one percentile and one time, in either order, and NEVER is another word for
 * NONE. Undefined for any other text. Source: Cassandra's `SpeculativeRetryPolicy`.
 */
export function parseSpeculativeRetry(text: string): SpeculativeRetry | undefined {
  if (text.length > longestText) return undefined;
  const rule = text.trim();
  const word = rule.toUpperCase();
  if (word === 'NONE' || word === 'NEVER') return { kind: 'none' };
  if (word === 'ALWAYS') return { kind: 'always' };
  const compound = compoundForm.exec(rule);
  if (compound === null) return parseSimple(rule);
  const first = parseSimple((compound[2] ?? '').trim());
  const second = parseSimple((compound[3] ?? '').trim());
  if (first === undefined || second === undefined || first.kind === second.kind) return undefined;
  return { kind: word.startsWith('MIN') ? 'min' : 'max', first, second };
}

function parseSimple(text: string): SpeculativeRetry | undefined {
  const found = simpleForm.exec(text);
  if (found === null) return undefined;
  const value = Number(found[1]);
  if (found[2]?.toLowerCase() === 'ms') {
    return value <= longestDelayMs ? { kind: 'fixed', delayMs: value } : undefined;
  }
  return value > 0 && value < 100 ? { kind: 'percentile', percentile: value } : undefined;
}

/** The rule as text that `parseSpeculativeRetry` reads as the same rule. */
export function formatSpeculativeRetry(rule: SpeculativeRetry): string {
  switch (rule.kind) {
    case 'none':
    case 'always':
      return rule.kind.toUpperCase();
    case 'percentile':
      return `${rule.percentile}p`;
    case 'fixed':
      return `${rule.delayMs}ms`;
    case 'min':
    case 'max':
      return `${rule.kind.toUpperCase()}(${formatSpeculativeRetry(rule.first)},${formatSpeculativeRetry(rule.second)})`;
  }
}
