import { type Origins, pathText } from './origins.ts';

/** Reports a fault of one setting: what is wrong with it, why that matters, and what was probably meant. */
export type Report = (path: readonly string[], what: string, why: string, nearest?: string) => void;

export function reportTo(origins: Origins): Report {
  return (path, what, why, nearest) => {
    origins.report(origins.valueAt(path), path, `${pathText(path)} ${what}`, why, nearest);
  };
}
