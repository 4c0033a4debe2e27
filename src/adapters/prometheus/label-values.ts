/** Stands for every value that a label does not know. */
const unknownLabel = '-';

/** Maps a value to a label: itself, or `-`. */
export interface KnownLabel {
  (value: string | undefined): string;
  /** From a changed configuration. Earlier values stay: their series do too. */
  add(values: Iterable<string>): void;
}

/** Beyond so many, values that further configurations bring are `-`. */
const mostKnownValues = 10_000;

/** Values from the configuration: whatever is not one of them becomes `-`, so that callers cannot make series. */
export function createKnownLabel(known: Iterable<string>): KnownLabel {
  const values = new Set(known);
  const label = (value: string | undefined): string =>
    value !== undefined && values.has(value) ? value : unknownLabel;
  const add = (further: Iterable<string>): void => {
    for (const value of further) if (values.size < mostKnownValues) values.add(value);
  };
  return Object.assign(label, { add });
}

/** Values from the cluster, which changes: the first `bound` of them, and `-` for all others. */
export function createBoundedLabel(bound: number): (value: string) => string {
  const values = new Set<string>();
  return (value) => {
    if (values.has(value)) return value;
    if (values.size >= bound) return unknownLabel;
    values.add(value);
    return value;
  };
}

/**
 * Remembers what was made for a combination of label values, so that a hot path binds labels once.
 * The values have to come from labels of bounded size: then so is the memory.
 */
export function createChildren<Child>(make: (...values: string[]) => Child): (...values: string[]) => Child {
  const children = new Map<string, Child>();
  const find = (values: readonly string[]): Child => {
    const id = values.join('\n');
    const known = children.get(id);
    if (known !== undefined) return known;
    const made = make(...values);
    children.set(id, made);
    return made;
  };
  // One after another is mostly alike, and strings that are the same one are compared in no time.
  let last: { readonly values: readonly string[]; readonly child: Child } | undefined;
  return (...values) => {
    if (last?.values.every((value, index) => value === values[index])) return last.child;
    last = { values, child: find(values) };
    return last.child;
  };
}

/** The labels of all metrics, each with its values. */
export interface Labels {
  readonly application: KnownLabel;
  readonly className: KnownLabel;
  readonly operation: KnownLabel;
  readonly table: KnownLabel;
  readonly host: (value: string) => string;
  readonly datacenter: (value: string) => string;
}
