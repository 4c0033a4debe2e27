import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import {
  nameOfDriverError,
  namesOfResponseCodes,
  replicaErrorFrom,
} from '../../../src/adapters/cassandra/replica-error-mapping.ts';
import { ReplicaError } from '../../../src/core/errors.ts';

const { errors, types } = cassandra;
const address = '192.0.2.1:9042';

function noHost(causes: unknown): Error {
  return new errors.NoHostAvailableError(causes);
}

function socketError(properties: object): Error {
  return Object.assign(new Error('gone'), properties);
}

const cases: readonly (readonly [why: string, error: unknown, name: string])[] = [
  ['the node sheds load', new errors.ResponseError(0x1001, ''), 'overloaded'],
  ['too few replicas live', new errors.ResponseError(0x1000, ''), 'unavailable'],
  ['a replica did not answer the coordinator', new errors.ResponseError(0x1200, ''), 'read-timeout'],
  ['a replica failed', new errors.ResponseError(0x1300, ''), 'read-failure'],
  ['the node joins', new errors.ResponseError(0x1002, ''), 'bootstrapping'],
  ['the node has a fault', new errors.ResponseError(0x0000, ''), 'read-failure'],
  ['a replica did not acknowledge in time', new errors.ResponseError(0x1100, ''), 'write-timeout'],
  ['a replica failed to write', new errors.ResponseError(0x1500, ''), 'write-failure'],
  ['the node failed to write by itself', new errors.ResponseError(0x8000, ''), 'write-failure'],
  ['syntax', new errors.ResponseError(0x2000, ''), 'rejected'],
  ['no right to read', new errors.ResponseError(0x2100, ''), 'rejected'],
  ['no such column', new errors.ResponseError(0x2200, ''), 'rejected'],
  ['a code of a protocol to come', new errors.ResponseError(0x7777, ''), 'unknown'],
  ['no answer in time', new errors.OperationTimedOutError('', address), 'client-timeout'],
  ['all streams in use', new errors.BusyConnectionError(address, 1, 1), 'overloaded'],
  ['the socket closed under the request', socketError({ isSocketError: true }), 'connection-lost'],
  ['reset by the peer', socketError({ code: 'ECONNRESET' }), 'connection-lost'],
  ['the driver knows that the host is down', noHost({ [address]: 'Host considered as DOWN' }), 'node-gone'],
  ['no connection in the pool', noHost({ [address]: new Error('No connection available') }), 'node-gone'],
  ['the host is ignored', noHost({}), 'node-gone'],
  ['nothing was tried', noHost(null), 'node-gone'],
  [
    'the connection broke before the request was written',
    noHost({ [address]: socketError({ isSocketError: true }) }),
    'connection-lost',
  ],
  [
    'the only connection is full',
    noHost({ [address]: new errors.BusyConnectionError(address, 1, 1) }),
    'overloaded',
  ],
  [
    'the pinned host counts before those tried for preparing',
    noHost({ 'other:9042': 'Host considered as DOWN', [address]: new errors.OperationTimedOutError('') }),
    'client-timeout',
  ],
  [
    'only others were tried, for preparing',
    noHost({ 'other:9042': socketError({ isSocketError: true }) }),
    'connection-lost',
  ],
  ['a fault of the driver', new errors.DriverInternalError(''), 'unknown'],
  ['a row that the driver cannot decode', new TypeError(''), 'unknown'],
  ['no error at all', 'text', 'unknown'],
];

describe('errors of the driver', () => {
  it.each(cases)('%s', (_why, error, name) => {
    expect(nameOfDriverError(error, address)).toBe(name);
  });

  it('have a name for every response code that the driver knows', () => {
    const known = Object.values(types.responseErrorCodes).filter((code) => typeof code === 'number');
    expect(known.length).toBeGreaterThan(10);
    expect([...namesOfResponseCodes.keys()].sort()).toEqual(known.sort());
  });

  it('leave neither their message nor their query behind', () => {
    const error = Object.assign(new errors.ResponseError(0x2200, 'secret'), { query: 'SELECT secret' });
    const mapped = replicaErrorFrom(error, address);
    expect(mapped.message).toBe('rejected');
    expect(mapped.cause).toBeUndefined();
    expect(JSON.stringify({ ...mapped })).not.toContain('secret');
  });

  it('are passed on when they have a name already', () => {
    const error = new ReplicaError('overloaded');
    expect(replicaErrorFrom(error, address)).toBe(error);
  });
});
