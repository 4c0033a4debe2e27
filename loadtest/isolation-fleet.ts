import type { RunningCluster } from '../topology/launcher/provider.ts';
import { type RedisServer, startRedis } from '../topology/launcher/redis.ts';
import { datacenter as frontend } from './bench-cluster.ts';
import { HttpClient } from './http-client.ts';
import { keyspace, nodesOf, sourceTable, targetTable } from './isolation-cluster.ts';
import { WeirProcess } from './weir-process.ts';

/** Rows a second. */
export interface JobRates {
  readonly scan: number;
  readonly write: number;
}

export interface FleetPlan {
  /** Where the job reads and writes. */
  readonly jobDatacenter: string;
  /** Absent: the job has no limits. */
  readonly limits?: JobRates;
  /** Of the guard. Absent: there is none, since one that hears of no leader slows the job whatever its target is. */
  readonly targetMs?: number;
}

/** As the admin port tells it, of which this is what is needed. */
export interface GuardReading {
  readonly factor: number;
  readonly phase: string;
  /** Of the look-ups that the guard saw in its window. */
  readonly p95Ms?: number;
}

export const jobApplication = 'nightly-report';
const frontApplication = 'storefront';
const contactPoints = 3;
/** A look-up that is slow counts as slow; it must not count as failed. */
const timeoutMs = 10_000;
const keptCharacters = 500;
/** So high that it is never missed: the guard only looks on. */
export const watchingTargetMs = 9_000;
/** As low as limits are searched for: whatever a fixed limit can do, the guard can do too. */
export const leastShare = 0.02;
/** A limit refuses for ever what asks for more at once than its burst. */
const leastBurst = 1_000;

/**
 * Two instances of Weir and their Redis: one that the front end asks, and one for the job, so that the job's rows are
 * not made in the process that look-ups wait for.
 */
export class IsolationFleet {
  readonly #cluster: RunningCluster;
  readonly #plan: FleetPlan;
  readonly #http: HttpClient;
  #redis: RedisServer | undefined;
  #front: WeirProcess | undefined;
  #job: WeirProcess | undefined;
  #stopped = false;

  constructor(cluster: RunningCluster, plan: FleetPlan, connections: number) {
    this.#cluster = cluster;
    this.#plan = plan;
    this.#http = new HttpClient(connections);
  }

  /** Whoever calls it calls `stop`, also after a failure. */
  async start(): Promise<void> {
    const redis = await startRedis();
    this.#redis = redis;
    if (this.#stopped) {
      await redis.stop();
      throw new Error('the fleet was stopped');
    }
    const settings = (datacenter: string) =>
      fleetSettings(this.#plan, datacenter, {
        redisPort: redis.port,
        contactPoints: nodesOf(this.#cluster, datacenter)
          .slice(0, contactPoints)
          .map(({ address, port }) => `${address}:${port}`),
      });
    this.#front = new WeirProcess({ settings: settings(frontend) });
    this.#job = new WeirProcess({ settings: settings(this.#plan.jobDatacenter) });
    await this.#front.start();
    await this.#job.start();
  }

  get jobUrl(): string {
    return this.#required(this.#job).dataUrl;
  }

  /** Rejects unless the answer says of itself that it has a row for every key. */
  async ask(keys: readonly string[]): Promise<void> {
    const url = new URL(`/v1/${keyspace}/${sourceTable}/lookup`, this.#required(this.#front).dataUrl);
    const headers = {
      'content-type': 'application/json',
      'x-weir-app': frontApplication,
      'x-request-timeout-ms': String(timeoutMs),
    };
    const { status, body } = await this.#http.post(url, headers, JSON.stringify({ keys }));
    if (status !== 200)
      throw new Error(`Weir answered ${status}: ${body.toString('utf8', 0, keptCharacters)}`);
    if (!body.includes(`"summary":{"found":${keys.length},`)) throw new Error('Weir did not find all keys');
  }

  /** As the instance of the job has it: that is the one that slows it. */
  async guard(): Promise<GuardReading> {
    const url = new URL('/admin/v1/guard', this.#required(this.#job).adminUrl);
    const { status, body } = await this.#http.get(url);
    if (status !== 200) throw new Error(`the guard answered ${status}`);
    const { steering } = JSON.parse(body.toString()) as {
      readonly steering: {
        readonly factor: number;
        readonly phase: string;
        readonly latency: { p95Ms?: number };
      };
    };
    const { factor, phase, latency } = steering;
    return { factor, phase, ...(latency.p95Ms === undefined ? {} : { p95Ms: latency.p95Ms }) };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#http.close();
    await Promise.all([this.#front?.stop(), this.#job?.stop()]);
    await this.#redis?.stop();
  }

  #required(weir: WeirProcess | undefined): WeirProcess {
    if (weir === undefined) throw new Error('the fleet was not started');
    return weir;
  }
}

interface Surroundings {
  readonly redisPort: number;
  readonly contactPoints: readonly string[];
}

/** The configuration file of one instance; both are of one fleet. Everything that is not told is left at its default. */
export function fleetSettings(
  { jobDatacenter, limits, targetMs }: FleetPlan,
  datacenter: string,
  { redisPort, contactPoints }: Surroundings,
): Readonly<Record<string, unknown>> {
  const source = `${keyspace}.${sourceTable}`;
  const target = `${keyspace}.${targetTable}`;
  return {
    data: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    auth: 'trusted',
    redis: { url: `redis://127.0.0.1:${redisPort}` },
    cassandra: { contactPoints, datacenter },
    ...(targetMs === undefined ? {} : { guard: { target: `${targetMs.toFixed(1)}ms`, min: leastShare } }),
    classes: { frontend: { datacenters: [frontend] }, backend: { datacenters: [jobDatacenter] } },
    applications: {
      [frontApplication]: { class: 'frontend', tables: { [source]: ['read'] } },
      [jobApplication]: {
        class: 'backend',
        tables: { [source]: ['scan'], [target]: ['write'] },
        ...(limits === undefined ? {} : { limits: jobLimits(limits) }),
      },
    },
    tables: {
      [source]: {},
      [target]: { writable: true, consistency: { default: 'LOCAL_QUORUM', allowed: ['LOCAL_QUORUM'] } },
    },
  };
}

/** Waiting: a job would rather be slow than refused. */
function jobLimits({ scan, write }: JobRates) {
  const limit = (perSecond: number) => {
    const rate = Math.max(1, Math.round(perSecond));
    return { rate, burst: Math.max(leastBurst, rate), onOver: 'wait' };
  };
  return { scan: limit(scan), write: limit(write) };
}
