import cassandra from 'cassandra-driver';

/** Codes of OpenSSL and of Node for what can be wrong with a certificate, in words. */
const tlsFaults: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'was not signed by a trusted authority',
  UNABLE_TO_GET_ISSUER_CERT: 'was not signed by a trusted authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'was not signed by a trusted authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'was not signed by a trusted authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'was not signed by a trusted authority',
  CERT_SIGNATURE_FAILURE: 'was not signed by a trusted authority',
  CERT_UNTRUSTED: 'was not signed by a trusted authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'bears neither the address of the node nor the server name that was given',
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
};

/** With what the cluster is asked to let us in. */
export interface ContactMeans {
  readonly hasCredentials: boolean;
  readonly hasTls: boolean;
}

const noTls = 'a contact point does not speak TLS';

/**
 * Why no contact point let us in, in words: without addresses, credentials or what a node said. The most telling
 * cause wins, since contact points that are merely down need not be the fault.
 */
export function connectFailureReason(error: unknown, { hasCredentials, hasTls }: ContactMeans): string {
  const { errors } = cassandra;
  if (!(error instanceof errors.NoHostAvailableError)) {
    return error instanceof Error ? `the driver failed with ${error.name}` : 'the driver failed';
  }
  const causes: unknown[] = Object.values(error.innerErrors ?? {});
  if (causes.length === 0) return 'no contact point could be resolved';
  if (causes.some((cause) => cause instanceof errors.AuthenticationError)) {
    return hasCredentials ? 'the credentials were refused' : 'the cluster asks for credentials';
  }
  const faults = causes.flatMap((cause) => tlsFaultOf(cause) ?? []);
  const [fault] = faults;
  if (fault !== undefined) return fault;
  // What a node that speaks only TLS does with anything else.
  const isReset = causes.some(
    (cause) => cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET',
  );
  return isReset && !hasTls
    ? 'a contact point hung up; it may speak only TLS'
    : `no contact point answered: ${countCauses(causes)}`;
}

/** What connections end with before anything is said, in words. */
const connectionFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'hung up',
  ETIMEDOUT: 'did not reply in time',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
};

/** `2 refused the connection, 1 did not reply in time` */
function countCauses(causes: readonly unknown[]): string {
  const counts = new Map<string, number>();
  for (const cause of causes) {
    const words = connectionFaultOf(cause);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => `${count} ${words}`).join(', ');
}

function connectionFaultOf(cause: unknown): string {
  if (cause instanceof cassandra.errors.OperationTimedOutError) return 'did not reply in time';
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return connectionFaults[code] ?? 'failed otherwise';
}

function tlsFaultOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  const code = String(cause.code);
  const certificate = tlsFaults[code];
  if (certificate !== undefined) return `the certificate of a contact point ${certificate}`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return noTls;
  if (code.startsWith('ERR_SSL_') && code.includes('ALERT'))
    return 'a contact point refused the TLS handshake';
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? 'the TLS handshake failed' : undefined;
}
