import { allowsHedge, allowsRetry, type ReplicaErrorName } from '../errors.ts';
import type { ClusterWatcher, Consistency, PageArea, ReplicaPage, ScanStatement } from '../ports.ts';
import type { LoadTracker } from '../routing/load-tracker.ts';
import type { NodeHealth } from '../routing/node-health.ts';
import type { RingBook } from '../routing/ring-book.ts';
import { compareTokens, type Token } from '../token/token.ts';
import type { ClusterNode } from '../topology/cluster-state.ts';
import { isGoodOwner, type OwnerReach, type OwnerView, ownerFrom, sickOwners } from './owner-walk.ts';
import { askForPage, type PageEnd, type PageMessageParts, weightOfPage } from './page-message.ts';
import type { ScanPosition } from './scan-position.ts';
import type { ScanArea } from './scan-request.ts';
import type { ScanStop } from './scan-stop.ts';
import { nextToken } from './token-neighbours.ts';

export interface PageSourceParts extends PageMessageParts {
  readonly cluster: PageMessageParts['cluster'] & ClusterWatcher;
  readonly rings: RingBook;
  readonly health: NodeHealth;
  readonly load: Pick<LoadTracker, 'load' | 'sent'>;
  /** The rack that this process stands in. */
  readonly ownRack: string | undefined;
}

/** What all pages of one scan have in common. */
export interface PagesWanted {
  readonly keyspace: string;
  readonly area: ScanArea;
  readonly consistency: Consistency;
  /** Of the caller as they are now, the nearest first. */
  readonly datacenters: () => readonly string[];
  /** Of each message. */
  readonly timeoutMs: number;
  readonly traceparent: string | undefined;
}

export interface PageWanted {
  readonly statement: ScanStatement;
  readonly position: ScanPosition;
  /** At most. */
  readonly rows: number;
}

export type SourcedPage =
  /** `rows`: as many as were asked for at last. */
  | { readonly kind: 'page'; readonly page: ReplicaPage; readonly area: PageArea; readonly rows: number }
  /** Of the owner that was asked last; undefined: nobody could be asked. `rows`: the next attempt should ask for. */
  | { readonly kind: 'failed'; readonly error: ReplicaErrorName | undefined; readonly rows: number }
  /** For as long as a page may take there was no room for one more message, or its rows. */
  | { readonly kind: 'no-room' }
  /** The scan is to stop, and no page has come. */
  | { readonly kind: 'stopped' };

/** Owners that are asked for one page, at most; each of them once. */
const mostAttempts = 3;
/** What a page may have failed of that was too large: its rows are more than can be read or sent in its time. */
const errorsOfSize: ReadonlySet<ReplicaErrorName> = new Set([
  'client-timeout',
  'read-timeout',
  'read-failure',
]);
const partAfterFailure = 1 / 4;
/** Rows of a page that are as much work for a node as a key of a look-up; an estimate. */
const rowsPerKey = 4;
/** Between two looks for room. */
const roomPauseMs = 20;

/**
 * The pages of one scan: each asked of an owner of the place where it begins, and where that one fails of another. A
 * stretch that was begun is finished with its own bounds, whoever is asked: its page state is good for nothing else.
 */
export class PageSource {
  readonly #parts: PageSourceParts;
  readonly #wanted: PagesWanted;
  readonly #stop: ScanStop;
  /** Who gave the last page. */
  #owner: ClusterNode | undefined;
  #retries = 0;

  constructor(parts: PageSourceParts, wanted: PagesWanted, stop: ScanStop) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#stop = stop;
  }

  /** Pages that were asked of another owner after one had failed. */
  get retries(): number {
    return this.#retries;
  }

  async read(page: PageWanted): Promise<SourcedPage> {
    const tried = new Set<string>();
    let wanted = page;
    let error: ReplicaErrorName | undefined;
    while (tried.size < mostAttempts) {
      const choice = await this.#choose(wanted, tried);
      if (choice === 'no-room' || choice === 'stopped') return { kind: choice };
      if (choice === undefined) break;
      if (tried.size > 0) this.#retries += 1;
      else this.#probe(wanted, choice);
      tried.add(choice.node.id);
      const end = await this.#ask(wanted, choice, choice.node, this.#parts.health.isProbeDue(choice.node));
      if (end.kind === 'page') {
        this.#owner = choice.node;
        this.#parts.load.sent(choice.node, end.page.rows.length / rowsPerKey);
        return { kind: 'page', page: end.page, area: this.#areaOf(wanted, choice), rows: wanted.rows };
      }
      error = end.error;
      if (errorsOfSize.has(error)) wanted = { ...wanted, rows: fewerRows(wanted.rows) };
      if (!allowsRetry(error) && !allowsHedge(error)) break;
    }
    return { kind: 'failed', error, rows: wanted.rows };
  }

  /** Undefined: there is nobody to ask, room or not. */
  async #choose(
    wanted: PageWanted,
    tried: ReadonlySet<string>,
  ): Promise<OwnerReach | 'no-room' | 'stopped' | undefined> {
    const { clock, inFlight } = this.#parts;
    const untilMs = clock.nowMs() + this.#wanted.timeoutMs;
    while (!this.#stop.gone) {
      const choice = this.#ownerOf(wanted, this.#view(tried, true));
      if (choice !== undefined && inFlight.roomForKeys(weightOfPage(wanted.rows)) > 0) return choice;
      if (this.#ownerOf(wanted, this.#view(tried, false)) === undefined) return undefined;
      if (clock.nowMs() >= untilMs) return 'no-room';
      await this.#stop.pause(roomPauseMs);
    }
    return 'stopped';
  }

  #ownerOf({ position }: PageWanted, view: OwnerView): OwnerReach | undefined {
    const first = firstTokenOf(position);
    const area = position.kind === 'page' ? position.area : this.#wanted.area;
    const upTo = area.kind === 'range' ? area.upTo : first;
    const owner = this.#owner;
    // A page that goes on where another one ended finds its rows where that one found them.
    if (position.kind === 'page' && owner !== undefined && isGoodOwner(view, owner, first)) {
      return { node: owner, upTo };
    }
    return ownerFrom(view, first, upTo);
  }

  #view(tried: ReadonlySet<string>, withRoom: boolean): OwnerView {
    const { cluster, rings, health, inFlight, load, ownRack } = this.#parts;
    return {
      ring: rings.ring(this.#wanted.keyspace),
      datacenters: this.#wanted.datacenters(),
      nodes: cluster.state().nodes,
      isUsable: (node) => cluster.isUp(node) && !tried.has(node.id) && (!withRoom || inFlight.hasRoom(node)),
      rank: (node) => health.rank(node),
      messages: inFlight.messages(),
      load: (node) => load.load(node),
      ownRack,
    };
  }

  #areaOf({ position }: PageWanted, { upTo }: OwnerReach): PageArea {
    if (position.kind === 'page') return position.area;
    const { area } = this.#wanted;
    return area.kind === 'range' ? { kind: 'range', after: position.token, upTo } : area;
  }

  #ask(wanted: PageWanted, choice: OwnerReach, node: ClusterNode, isProbe: boolean): Promise<PageEnd> {
    const { position, statement, rows } = wanted;
    const { consistency, timeoutMs, traceparent } = this.#wanted;
    const pageState = position.kind === 'page' ? position.pageState : undefined;
    const area = this.#areaOf(wanted, choice);
    const request = { node, statement, area, pageState, rows, consistency, timeoutMs, traceparent };
    return askForPage(this.#parts, request, isProbe);
  }

  /**
   * Owners that are not well get a copy of the page, of one row, about once a second: where only scans go nobody else
   * would learn that they are well again.
   */
  #probe(wanted: PageWanted, choice: OwnerReach): void {
    const { health } = this.#parts;
    const nobodyTried: ReadonlySet<string> = new Set();
    for (const node of sickOwners(this.#view(nobodyTried, true), firstTokenOf(wanted.position))) {
      if (node === choice.node || !health.isProbeUrgent(node)) continue;
      void this.#ask({ ...wanted, rows: 1 }, choice, node, true);
    }
  }
}

function fewerRows(rows: number): number {
  return Math.max(1, Math.floor(rows * partAfterFailure));
}

/** Where the page begins, as far as it is known. */
function firstTokenOf(position: ScanPosition): Token {
  if (position.kind === 'token') return nextToken(position.token);
  const { area, lastToken } = position;
  const isBeforeAll = area.kind === 'range' && compareTokens(lastToken, area.after) === 0;
  return isBeforeAll ? nextToken(lastToken) : lastToken;
}
