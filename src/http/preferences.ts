import type { IncomingHttpHeaders } from 'node:http';
import { splitUnquoted } from './header-list.ts';

/** Of `Prefer` what Weir knows; undefined where it is not said, or said in a way that is not known. */
export interface Preferences {
  readonly handling: 'strict' | 'lenient' | undefined;
  /** Seconds that the caller would wait in a queue. */
  readonly waitSeconds: number | undefined;
}

const none: Preferences = { handling: undefined, waitSeconds: undefined };

/** How long the caller would wait for units, in ms; undefined where it is not said. */
export function waitMsOf({ waitSeconds }: Preferences): number | undefined {
  return waitSeconds === undefined ? undefined : waitSeconds * 1_000;
}

/** `Preference-Applied`: of what was asked, what was heeded; undefined where that is nothing. */
export function appliedPreferences(
  { handling, waitSeconds }: Preferences,
  heeded: { readonly handling: boolean; readonly wait: boolean },
): string | undefined {
  const applied = [
    ...(heeded.handling && handling !== undefined ? [`handling=${handling}`] : []),
    ...(heeded.wait && waitSeconds !== undefined ? [`wait=${waitSeconds}`] : []),
  ];
  return applied.length === 0 ? undefined : applied.join(', ');
}

/** One preference: a token, perhaps with a value, then parameters that nobody here knows. */
const preferencePattern =
  /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*=[ \t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*(?:;|$)/;

/**
 * Reads `Prefer` by RFC 7240, from one header or several. Of a preference that is given twice the first counts;
 * what is unknown or malformed is ignored, as a preference is never a condition.
 */
export function readPreferences(headers: IncomingHttpHeaders): Preferences {
  const header = headers['prefer'];
  if (header === undefined) return none;
  const given = new Map<string, string>();
  for (const part of splitUnquoted([header].flat().join(','))) {
    const match = preferencePattern.exec(part);
    if (match === null) continue;
    const [, name = '', token, quoted] = match;
    const key = name.toLowerCase();
    if (!given.has(key)) given.set(key, (token ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '').toLowerCase());
  }
  const handling = given.get('handling');
  const wait = given.get('wait') ?? '';
  return {
    handling: handling === 'strict' || handling === 'lenient' ? handling : undefined,
    waitSeconds: /^[0-9]{1,9}$/.test(wait) ? Number(wait) : undefined,
  };
}
