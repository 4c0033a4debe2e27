import type { ProblemSlug } from '../errors.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import type { KeyOutcome } from './key-reader.ts';

const hedged = 1;
const retried = 2;

/** What is known of each key of a batch while it is read: by whom it was asked, what is under way, how it ended. */
export class KeyStates {
  readonly #outcomes: (KeyOutcome | undefined)[];
  /** Messages under way, by key. */
  readonly #underWay: Uint8Array;
  readonly #marks: Uint8Array;
  /** The node that was asked first, by key. */
  readonly #askedFirst: (ClusterNode | undefined)[];
  /** Those asked after it: few keys have any. */
  #askedThen: Map<number, ClusterNode[]> | undefined;
  #problems: Map<number, ProblemSlug> | undefined;
  #open: number;
  #sent = 0;

  constructor(keys: number) {
    this.#outcomes = new Array(keys).fill(undefined);
    this.#underWay = new Uint8Array(keys);
    this.#marks = new Uint8Array(keys);
    this.#askedFirst = new Array(keys).fill(undefined);
    this.#open = keys;
  }

  /** Keys without an outcome. */
  get open(): number {
    return this.#open;
  }

  /** Keys that a node was asked for. */
  get sentKeys(): number {
    return this.#sent;
  }

  /** Complete when no key is open. */
  get outcomes(): readonly KeyOutcome[] {
    return this.#outcomes as readonly KeyOutcome[];
  }

  isOpen(key: number): boolean {
    return this.#outcomes[key] === undefined;
  }

  settle(key: number, outcome: KeyOutcome): void {
    this.#outcomes[key] = outcome;
    this.#open -= 1;
  }

  wasAsked(node: ClusterNode, key: number): boolean {
    if (this.#askedFirst[key]?.id === node.id) return true;
    return this.#askedThen?.get(key)?.some(({ id }) => id === node.id) === true;
  }

  sent(key: number, node: ClusterNode): void {
    this.#underWay[key] = (this.#underWay[key] ?? 0) + 1;
    if (this.#askedFirst[key] === undefined) {
      this.#askedFirst[key] = node;
      this.#sent += 1;
      return;
    }
    this.#askedThen ??= new Map();
    const known = this.#askedThen.get(key);
    if (known === undefined) this.#askedThen.set(key, [node]);
    else known.push(node);
  }

  /** A message with these keys has ended. */
  ended(keys: readonly number[]): void {
    for (const key of keys) this.#underWay[key] = (this.#underWay[key] ?? 1) - 1;
  }

  isUnderWay(key: number): boolean {
    return this.#underWay[key] !== 0;
  }

  isHedged(key: number): boolean {
    return ((this.#marks[key] ?? 0) & hedged) !== 0;
  }

  markHedged(key: number): void {
    this.#marks[key] = (this.#marks[key] ?? 0) | hedged;
  }

  isRetried(key: number): boolean {
    return ((this.#marks[key] ?? 0) & retried) !== 0;
  }

  markRetried(key: number): void {
    this.#marks[key] = (this.#marks[key] ?? 0) | retried;
  }

  /** Why a message with the key failed; it becomes the key's outcome where no other message brings a better one. */
  noteProblem(key: number, problem: ProblemSlug): void {
    this.#problems ??= new Map();
    this.#problems.set(key, problem);
  }

  problemOf(key: number): ProblemSlug | undefined {
    return this.#problems?.get(key);
  }
}
