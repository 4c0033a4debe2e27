/** Stands for every value that a label does not know. */
const unknownLabel = '-';

/** Values from the configuration: whatever is not one of them becomes `-`, so that callers cannot make series. */
export function createKnownLabel(known: Iterable<string>): (value: string | undefined) => string {
  const values = new Set(known);
  return (value) => (value !== undefined && values.has(value) ? value : unknownLabel);
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
  return (...values) => {
    const id = values.join('\n');
    const known = children.get(id);
    if (known !== undefined) return known;
    const made = make(...values);
    children.set(id, made);
    return made;
  };
}
