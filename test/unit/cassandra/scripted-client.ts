import cassandra from 'cassandra-driver';
import type { NodeTarget } from '../../../src/adapters/cassandra/cluster-monitor.ts';
import type { ClusterNode } from '../../../src/core/topology/cluster-state.ts';
import { driverRow } from './tables.ts';

/** One call of the driver; a batch has its queries' texts and parameters side by side. */
export interface DriverCall {
  readonly kind: 'execute' | 'batch';
  readonly texts: readonly string[];
  readonly parameters: readonly (readonly unknown[])[];
  readonly options: cassandra.QueryOptions & { readonly logged?: boolean };
}

export interface DriverAnswer {
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
  readonly pageState?: string;
}

export const address = '192.0.2.1:9042';

/** A node behind a driver that answers by `answer`, which may throw. */
export function scriptedTarget(answer: (call: DriverCall) => DriverAnswer) {
  const calls: DriverCall[] = [];
  const take = async (call: DriverCall) => {
    calls.push(call);
    const { rows = [], pageState = null } = answer(call);
    return { rows: rows.map(driverRow), pageState };
  };
  const client = {
    execute: (text: string, parameters: unknown[], options: DriverCall['options']) =>
      take({ kind: 'execute', texts: [text], parameters: [parameters], options }),
    batch: (queries: { query: string; params: unknown[] }[], options: DriverCall['options']) =>
      take({
        kind: 'batch',
        texts: queries.map(({ query }) => query),
        parameters: queries.map(({ params }) => params),
        options,
      }),
  };
  const target = { client, host: { address } } as unknown as NodeTarget;
  return { calls, target };
}

export const someNode: ClusterNode = {
  id: 'n1',
  address,
  datacenter: 'east',
  rack: 'a',
  tokens: ['0'],
};

export function responseError(code: number, message: string): Error {
  return new cassandra.errors.ResponseError(code, message);
}
