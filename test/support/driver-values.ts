import type { Buffer } from 'node:buffer';
import cassandra from 'cassandra-driver';
import type { CqlType } from '../../src/core/encoding/cql-type.ts';
import type { CqlValue } from '../../src/core/encoding/cql-value.ts';
import { inetText } from '../../src/core/encoding/inet-text.ts';
import type { RunningCluster } from '../../topology/launcher/provider.ts';

/** A client that decodes as `valueFromDriver` wants it, without anything of Weir's; what it writes all replicas have. */
export async function connectOrdinaryClient(cluster: RunningCluster): Promise<cassandra.Client> {
  const [first] = cluster.nodes();
  const client = new cassandra.Client({
    contactPoints: [`${first?.address}:${first?.port}`],
    localDataCenter: first?.datacenter ?? '',
    encoding: { map: Map, useBigIntAsLong: true, useBigIntAsVarint: true },
    protocolOptions: { maxVersion: 4 },
    queryOptions: { consistency: cassandra.types.consistencies.all, fetchSize: 0 },
    socketOptions: { readTimeout: 30_000 },
  });
  await client.connect();
  return client;
}

/** Stands where the driver has lost the value: no object of its keeps a field called `__proto__`. */
const lost = 'lost by the driver';

/** What an ordinary client of the driver decoded, in the neutral form. */
export function valueFromDriver(type: CqlType, value: unknown): CqlValue {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector':
      return Array.from(value as Iterable<unknown>, (item) => valueFromDriver(type.element, item));
    case 'map':
      return Array.from(value as Map<unknown, unknown>, ([key, held]) => [
        valueFromDriver(type.key, key),
        valueFromDriver(type.value, held),
      ]);
    case 'tuple': {
      const { elements } = value as { elements: readonly unknown[] };
      return type.elements.map((element, at) => valueFromDriver(element, elements[at]));
    }
    case 'udt': {
      const fields = value as Readonly<Record<string, unknown>>;
      return type.fields.map((field) =>
        field.name === '__proto__' ? lost : valueFromDriver(field.type, own(fields, field.name)),
      );
    }
    default:
      return scalarFromDriver(type.kind, value);
  }
}

function own(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : null;
}

function scalarFromDriver(kind: CqlType['kind'], value: unknown): CqlValue {
  const { types } = cassandra;
  switch (kind) {
    case 'uuid':
    case 'timeuuid':
      return String(value);
    case 'inet':
      return inetText((value as cassandra.types.InetAddress).getBuffer());
    case 'timestamp':
      return BigInt((value as Date).getTime());
    case 'date':
      return (value as cassandra.types.LocalDate).toBuffer().readUInt32BE(0) - 2 ** 31;
    case 'time':
      return (value as cassandra.types.LocalTime).toBuffer().readBigInt64BE(0);
    case 'decimal': {
      const bytes = types.BigDecimal.toBuffer(value as cassandra.types.BigDecimal);
      const unscaled = types.Integer.fromBuffer(bytes.subarray(4)).toString();
      return { scale: bytes.readInt32BE(0), unscaled: BigInt(unscaled) };
    }
    case 'duration': {
      const { months, days, nanoseconds } = value as unknown as {
        months: number;
        days: number;
        nanoseconds: cassandra.types.Long;
      };
      return { months, days, nanoseconds: BigInt(nanoseconds.toString()) };
    }
    case 'blob':
      return new Uint8Array(value as Buffer);
    default:
      return value as CqlValue;
  }
}

/** The value with `lost` wherever the driver has lost it, to be compared with what the driver gave. */
export function withoutLost(type: CqlType, value: CqlValue): CqlValue {
  if (value === null) return null;
  const elements = value as readonly CqlValue[];
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector':
      return elements.map((item) => withoutLost(type.element, item));
    case 'map':
      return elements.map((pair) => {
        const [key = null, held = null] = pair as readonly CqlValue[];
        return [withoutLost(type.key, key), withoutLost(type.value, held)];
      });
    case 'tuple':
      return type.elements.map((element, at) => withoutLost(element, elements[at] ?? null));
    case 'udt':
      return type.fields.map((field, at) =>
        field.name === '__proto__' ? lost : withoutLost(field.type, elements[at] ?? null),
      );
    case 'blob':
      return new Uint8Array(value as Uint8Array);
    default:
      return value;
  }
}
