/**
 * What the driver collects the entries of a CQL map in. A JavaScript Map would merge keys that CQL tells
 * apart (0.0 and -0.0); this keeps every entry, in the order received.
 */
export class EntryList<Key = unknown, Value = unknown> {
  readonly entries: [Key, Value][] = [];

  set(key: Key, value: Value): void {
    this.entries.push([key, value]);
  }

  /** The driver wants it of a map; it calls it only to serialise one. */
  forEach(visit: (value: Value, key: Key) => void): void {
    for (const [key, value] of this.entries) visit(value, key);
  }
}
