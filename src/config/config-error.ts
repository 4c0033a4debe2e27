import type { ConfigFault } from '../core/administration.ts';

/** Where a setting was written: a place in a file, or the name of a variable or flag. */
export type Place = Pick<ConfigFault, 'file' | 'line' | 'column'>;

/** One fault of a configuration. Names keys and rules and never a value: a value may be a secret. */
export type ConfigIssue = ConfigFault;

/** `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** `file:line:column: what (why; did you mean nearest?)` */
export function formatIssue(issue: ConfigIssue): string {
  const hint = issue.nearest === undefined ? '' : `; did you mean ${issue.nearest}?`;
  return `${placeText(issue)}: ${issue.what} (${issue.why}${hint})`;
}

const mostPrinted = 50;

/** The configuration is refused; every fault found is in `issues`, file by file in the order of each. */
export class ConfigError extends Error {
  readonly issues: readonly ConfigIssue[];
  /** Absolute paths of the files that it names, where it was read that far: once one of them changes it may be right. */
  readonly files: readonly string[];

  constructor(issues: readonly ConfigIssue[], files: readonly string[] = []) {
    const places = [...new Set(issues.map(({ file }) => file))];
    const sorted = [...issues].sort(
      (a, b) =>
        places.indexOf(a.file) - places.indexOf(b.file) ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
    const more = sorted.length - mostPrinted;
    const lines = sorted.slice(0, mostPrinted).map(formatIssue);
    super([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
    this.name = 'ConfigError';
    this.issues = sorted;
    this.files = files;
  }
}
