import { type Application, grantOn } from '../applications.ts';
import type { ProblemSlug } from '../errors.ts';
import type { ClusterWatcher } from '../ports.ts';
import type { SessionCheck } from '../throttle/session-check.ts';
import type { ScanCall } from './scan.ts';

export interface ScanRightsParts {
  /** As the configuration has it at this moment; undefined: it has no such application. */
  readonly applicationNow: (name: string) => Application | undefined;
  /** Absent: nobody has to name a session. */
  readonly sessions?: Pick<SessionCheck, 'refusalOf'> | undefined;
  readonly cluster: Pick<ClusterWatcher, 'isConnectedTo'>;
}

/** What the application of one scan may do, which may change while the scan goes on. */
export class ScanRights {
  readonly #parts: ScanRightsParts;
  readonly #call: Pick<ScanCall, 'keyspace' | 'table' | 'sessionId'>;
  readonly #columns: readonly string[];
  #application: Application;
  #datacenters: readonly string[];

  /** `columns`: of the scan, by name. */
  constructor(
    parts: ScanRightsParts,
    call: Pick<ScanCall, 'application' | 'keyspace' | 'table' | 'sessionId'>,
    columns: readonly string[],
  ) {
    this.#parts = parts;
    this.#call = call;
    this.#columns = columns;
    this.#application = call.application;
    this.#datacenters = call.application.datacenters;
  }

  /** Whose limits hold. One that is gone is told as it was last. */
  get application(): Application {
    this.#follow();
    return this.#application;
  }

  /** Where it reads, the nearest first. */
  get datacenters(): readonly string[] {
    this.#follow();
    return this.#datacenters;
  }

  /**
   * Why nothing more may be read; undefined: it may. That sessions cannot be looked up just now ends no scan. Never
   * rejects.
   */
  async lost(): Promise<ProblemSlug | undefined> {
    if (!this.#follow()) return 'operation-not-granted';
    const { keyspace, table, sessionId } = this.#call;
    const grant = grantOn(this.#application, keyspace, table);
    if (grant === undefined) return 'not-found';
    if (!grant.operations.has('scan')) return 'operation-not-granted';
    const { columns: visible } = grant;
    if (visible !== undefined && this.#columns.some((name) => !visible.has(name))) return 'cursor-stale';
    const refusal = await this.#parts.sessions?.refusalOf(this.#application, sessionId);
    return refusal?.problem === 'session-required' ? refusal.problem : undefined;
  }

  /**
   * False: the application is gone. Where only datacenters are named that are not connected to yet, it reads where it
   * did.
   */
  #follow(): boolean {
    const { applicationNow, cluster } = this.#parts;
    const now = applicationNow(this.#application.name);
    if (now === undefined) return false;
    this.#application = now;
    const connected = now.datacenters.filter((datacenter) => cluster.isConnectedTo(datacenter));
    if (connected.length > 0) this.#datacenters = connected;
    return true;
  }
}
