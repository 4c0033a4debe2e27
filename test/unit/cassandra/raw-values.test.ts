import { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import { describe, expect, it } from 'vitest';
import { clientOptions } from '../../../src/adapters/cassandra/client-settings.ts';
import { handOverCompoundsAsBytes } from '../../../src/adapters/cassandra/raw-values.ts';

interface Encoder {
  decode(bytes: Buffer | null, type: object): unknown;
}
const { Encoder } = cassandra as unknown as { Encoder: new (version: number, options: object) => Encoder };
const { dataTypes } = cassandra.types;

const own = new Encoder(4, clientOptions({ contactPoints: ['127.0.0.1'], datacenters: ['dc1'] }));
const foreign = new Encoder(4, {});

const intType = { code: dataTypes.int, info: null };
const userType = {
  code: dataTypes.udt,
  info: { keyspace: 'shop', name: 'odd', fields: [{ name: '__proto__', type: intType }] },
};
const userBytes = Buffer.from('0000000400000007', 'hex');

describe('handing over compound values as bytes', () => {
  handOverCompoundsAsBytes();

  it.each([
    ['a user-defined type', userType],
    ['a tuple', { code: dataTypes.tuple, info: [intType] }],
    ['a vector', { code: dataTypes.custom, info: 'org.apache.cassandra.db.marshal.VectorType' }],
    ['a duration', { code: dataTypes.custom, info: 'org.apache.cassandra.db.marshal.DurationType' }],
    ['a duration of protocol v5', { code: dataTypes.duration, info: null }],
  ])("leaves %s of the adapter's own clients as it was received", (_what, type) => {
    expect(own.decode(userBytes, type)).toBe(userBytes);
    expect(own.decode(null, type)).toBeNull();
  });

  it('reaches elements of collections', () => {
    const list = { code: dataTypes.list, info: userType };
    const bytes = Buffer.concat([Buffer.from('0000000100000008', 'hex'), userBytes]);
    expect(own.decode(bytes, list)).toEqual([userBytes]);
  });

  it('changes nothing about other types, and nothing for other clients', () => {
    expect(own.decode(Buffer.from('00000007', 'hex'), intType)).toBe(7);
    expect(foreign.decode(userBytes, userType)).not.toBeInstanceOf(Buffer);
    expect(foreign.decode(userBytes, { code: dataTypes.tuple, info: [intType] })).toBeInstanceOf(
      cassandra.types.Tuple,
    );
  });

  it('is done once, however often it is asked for', () => {
    const { decode } = (Encoder as unknown as { prototype: Encoder }).prototype;
    handOverCompoundsAsBytes();
    expect((Encoder as unknown as { prototype: Encoder }).prototype.decode).toBe(decode);
  });
});
