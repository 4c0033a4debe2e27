import type { SettingOrigin } from '../core/administration.ts';
import { type ConfigIssue, type Place, placeText } from './config-error.ts';

type Source = SettingOrigin['source'];

interface Origin {
  readonly name: Place;
  readonly value: Place;
  readonly source: Source;
}

const mostIssues = 1_000;

/** Where each setting was written, and the faults found so far. */
export class Origins {
  readonly issues: ConfigIssue[] = [];
  readonly #byPath = new Map<string, Origin>();
  readonly #defaults = new Set<string>();
  readonly #references = new Set<string>();
  readonly #root: Place;

  constructor(root: Place) {
    this.#root = root;
  }

  set(path: readonly string[], name: Place, value: Place = name): void {
    this.#byPath.set(identity(path), { name, value, source: 'file' });
  }

  /** A variable or a flag has replaced the setting and all that was below it. */
  replace(path: readonly string[], place: Place, source: Source): void {
    const own = identity(path);
    const below = `${own.slice(0, -1)},`;
    for (const known of this.#byPath.keys()) {
      if (known.startsWith(below)) this.#byPath.delete(known);
    }
    this.#references.delete(own);
    this.#byPath.set(own, { name: place, value: place, source });
  }

  /** Nobody wrote the setting; the default stands in. */
  markDefault(path: readonly string[]): void {
    this.#defaults.add(identity(path));
  }

  /** The value came out of a `${NAME}` in the file. */
  markReference(path: readonly string[]): void {
    this.#references.add(identity(path));
  }

  isReference(path: readonly string[]): boolean {
    return this.#references.has(identity(path));
  }

  /** The place of a setting's value; of the nearest setting around it when nobody wrote it. */
  valueAt(path: readonly string[]): Place {
    return this.#find(path)?.value ?? this.#root;
  }

  /** The place of a setting's name, likewise. */
  nameAt(path: readonly string[]): Place {
    return this.#find(path)?.name ?? this.#root;
  }

  /** Where the value of a leaf came from; the place is empty for a default. */
  sourceOf(path: readonly string[]): Pick<SettingOrigin, 'source' | 'place'> {
    for (let length = path.length; length > 0; length--) {
      const own = identity(path.slice(0, length));
      if (this.#defaults.has(own)) break;
      const origin = this.#byPath.get(own);
      if (origin !== undefined) return { source: origin.source, place: placeText(origin.value) };
    }
    return { source: 'default', place: '' };
  }

  report(place: Place, path: readonly string[], what: string, why: string, nearest?: string): void {
    if (this.isFull) return;
    this.issues.push({ ...place, path, what, why, nearest });
    if (!this.isFull) return;
    const more = `at most ${mostIssues} are told`;
    this.issues.push({ ...place, path, what: 'there are more faults', why: more });
  }

  /** Nothing more is told; whoever looks for faults may stop. */
  get isFull(): boolean {
    return this.issues.length >= mostIssues;
  }

  #find(path: readonly string[]): Origin | undefined {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#byPath.get(identity(path.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    return undefined;
  }
}

/** A path as people read it. */
export function pathText(path: readonly string[]): string {
  return path.length === 0 ? 'the configuration' : path.join('.');
}

function identity(path: readonly string[]): string {
  return JSON.stringify(path);
}
