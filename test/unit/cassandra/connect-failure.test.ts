import cassandra from 'cassandra-driver';
import { describe, expect, it, test } from 'vitest';
import { connectFailureReason } from '../../../src/adapters/cassandra/connect-failure.ts';

const { errors } = cassandra;

/** No contact point let us in; each for a cause of its own. */
const failure = (...causes: readonly Error[]): Error =>
  new errors.NoHostAvailableError(
    Object.fromEntries(causes.map((cause, at) => [`10.0.0.${at}:9042`, cause])),
  );
const coded = (code: string): Error => Object.assign(new Error('secret'), { code });
const plain = { hasCredentials: false, hasTls: false };
const secured = { hasCredentials: true, hasTls: true };

describe('the reason why no contact point let us in', () => {
  test.each<[string, Error, typeof plain, string]>([
    [
      'nobody there',
      failure(coded('ECONNREFUSED'), new errors.OperationTimedOutError('secret'), coded('ECONNREFUSED')),
      plain,
      'no contact point answered: 2 refused the connection, 1 did not reply in time',
    ],
    [
      'what nobody has seen before',
      failure(coded('EODD')),
      plain,
      'no contact point answered: 1 failed otherwise',
    ],
    ['no such names', failure(), plain, 'no contact point could be resolved'],
    [
      'a wrong password',
      failure(new errors.AuthenticationError('secret')),
      secured,
      'the credentials were refused',
    ],
    [
      'no password where one is asked for',
      failure(new errors.AuthenticationError('secret')),
      plain,
      'the cluster asks for credentials',
    ],
    [
      'another authority',
      failure(coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE')),
      secured,
      'the certificate of a contact point was not signed by a trusted authority',
    ],
    [
      'another name',
      failure(coded('ERR_TLS_CERT_ALTNAME_INVALID')),
      secured,
      'the certificate of a contact point bears neither the address of the node nor the server name that was given',
    ],
    [
      'an old certificate',
      failure(coded('CERT_HAS_EXPIRED')),
      secured,
      'the certificate of a contact point has expired',
    ],
    [
      'a node without TLS',
      failure(coded('ERR_SSL_WRONG_VERSION_NUMBER')),
      secured,
      'a contact point does not speak TLS',
    ],
    [
      'a node that wants a certificate of us',
      failure(coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')),
      secured,
      'a contact point refused the TLS handshake',
    ],
    [
      'any other fault of TLS',
      failure(coded('ERR_SSL_UNSUPPORTED_PROTOCOL')),
      secured,
      'the TLS handshake failed',
    ],
    [
      'a node that hangs up on plain text',
      failure(coded('ECONNRESET')),
      plain,
      'a contact point hung up; it may speak only TLS',
    ],
    [
      'a node that hangs up on TLS',
      failure(coded('ECONNRESET')),
      secured,
      'no contact point answered: 1 hung up',
    ],
    ['a fault of the driver', new TypeError('secret'), plain, 'the driver failed with TypeError'],
  ])('names %s', (_, error, means, reason) => {
    expect(connectFailureReason(error, means)).toBe(reason);
  });

  it('is the most telling one, where contact points fail differently', () => {
    const mixed = failure(coded('ECONNREFUSED'), coded('CERT_HAS_EXPIRED'));
    expect(connectFailureReason(mixed, secured)).toMatch(/has expired/);
  });

  it('has neither an address nor what a node said', () => {
    for (const cause of [
      coded('ECONNREFUSED'),
      coded('CERT_HAS_EXPIRED'),
      new errors.AuthenticationError('secret'),
    ]) {
      expect(connectFailureReason(failure(cause), secured)).not.toMatch(/secret|10\.0/);
    }
  });
});
