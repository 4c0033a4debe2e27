import type { ConfigIssue, Place } from './config-error.ts';

interface Origin {
  readonly name: Place;
  readonly value: Place;
}

/** Where each setting was written, and the faults found so far. */
export class Origins {
  readonly issues: ConfigIssue[] = [];
  readonly #byPath = new Map<string, Origin>();
  readonly #root: Place;

  constructor(root: Place) {
    this.#root = root;
  }

  set(path: readonly string[], name: Place, value: Place = name): void {
    this.#byPath.set(identity(path), { name, value });
  }

  /** The place of a setting's value; of the nearest setting around it when nobody wrote it. */
  valueAt(path: readonly string[]): Place {
    return this.#find(path)?.value ?? this.#root;
  }

  /** The place of a setting's name, likewise. */
  nameAt(path: readonly string[]): Place {
    return this.#find(path)?.name ?? this.#root;
  }

  report(place: Place, path: readonly string[], what: string, why: string, nearest?: string): void {
    this.issues.push({ ...place, path, what, why, nearest });
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
