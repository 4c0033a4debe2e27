import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import type { Consistency } from '../../core/ports.ts';

/** What every message to a node has, whatever it asks. */
export interface MessageTerms {
  readonly consistency: Consistency;
  readonly timeoutMs: number;
  readonly traceparent?: string | undefined;
}

/**
 * The driver closes a connection, with everybody's messages on it, when too many requests on it have timed out. So it
 * is never given a caller's short deadline: by then Cassandra has given up by itself (5 s), and a node that has not
 * answered is one to part from. The caller's deadline is the core's to keep.
 */
const leastTimeoutMs = 6_000;

const consistencyCodes = {
  ONE: cassandra.types.consistencies.one,
  TWO: cassandra.types.consistencies.two,
  THREE: cassandra.types.consistencies.three,
  QUORUM: cassandra.types.consistencies.quorum,
  ALL: cassandra.types.consistencies.all,
  LOCAL_QUORUM: cassandra.types.consistencies.localQuorum,
  LOCAL_ONE: cassandra.types.consistencies.localOne,
} as const satisfies Readonly<Record<Consistency, number>>;

/** For a prepared message to this one node. */
export function messageOptions(host: cassandra.Host, terms: MessageTerms): cassandra.QueryOptions {
  return {
    host,
    prepare: true,
    consistency: consistencyCodes[terms.consistency],
    readTimeout: Math.max(leastTimeoutMs, Math.ceil(terms.timeoutMs)),
    ...(terms.traceparent === undefined ? {} : { customPayload: tracePayload(terms.traceparent) }),
  };
}

/** For a coordinator that traces: W3C trace context as a custom payload of the message. Cassandra itself ignores it. */
function tracePayload(traceparent: string): Readonly<Record<string, Buffer>> {
  return { traceparent: Buffer.from(traceparent, 'latin1') };
}
