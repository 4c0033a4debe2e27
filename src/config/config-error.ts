/** Where a setting was written: a place in a file, or the name of a variable or flag. */
export interface Place {
  readonly file: string;
  /** From 1; absent where the setting did not come from a file. */
  readonly line?: number;
  readonly column?: number;
}

/** One fault of a configuration. Names keys and rules and never a value: a value may be a secret. */
export interface ConfigIssue extends Place {
  /** From the root to the setting. */
  readonly path: readonly string[];
  readonly what: string;
  readonly why: string;
  readonly nearest?: string | undefined;
}

/** `file:line:column: what (why; did you mean nearest?)` */
function formatIssue(issue: ConfigIssue): string {
  const place = [issue.file, issue.line, issue.column].filter((part) => part !== undefined).join(':');
  const hint = issue.nearest === undefined ? '' : `; did you mean ${issue.nearest}?`;
  return `${place}: ${issue.what} (${issue.why}${hint})`;
}

const mostPrinted = 50;

/** The configuration is refused; every fault found is in `issues`, in the order of the file. */
export class ConfigError extends Error {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const sorted = [...issues].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    const more = sorted.length - mostPrinted;
    const lines = sorted.slice(0, mostPrinted).map(formatIssue);
    super([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
    this.name = 'ConfigError';
    this.issues = sorted;
  }
}
