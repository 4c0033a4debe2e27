/** The sections `data` and `admin`. */
import Type from 'typebox';
import { closed, file, host, keyHash, pemFileBytes, port, section } from './schema-parts.ts';

/** Certificates are renewed while the process runs: their paths and contents take effect at once. */
const tls = Type.Object(
  {
    certFile: file('PEM file with the certificate of this port, then the rest of its chain', pemFileBytes),
    keyFile: file('PEM file with the private key of the certificate, without a pass phrase', pemFileBytes),
  },
  closed('TLS of this port; absent: plain text. Turning it on or off needs a restart, new files do not', {
    reloadable: true,
    fixedPresence: true,
  }),
);

export const data = Type.Object(
  {
    host: host('Address that the data port listens on', '0.0.0.0'),
    port: port('Port of look-ups; 0 takes any free one', 8080),
    allowedHosts: Type.Array(
      host('A name in the Host header of requests', 'localhost', { reloadable: true }),
      {
        maxItems: 64,
        default: [],
        reloadable: true,
        description:
          'Names by which the data port may be called besides localhost and addresses, where auth is trusted and loopback is believed: a page in a browser on this machine could call it otherwise, by DNS rebinding',
      },
    ),
    tls: Type.Optional(tls),
  },
  section('The data port', { reloadable: false }),
);

const adminKeys = (description: string) =>
  Type.Array(keyHash('The hash of one key'), { maxItems: 64, default: [], description });

export const admin = Type.Object(
  {
    host: host('Address that the admin port listens on', '127.0.0.1', { reloadable: false }),
    port: port('Port of health, metrics and administration; 0 takes any free one', 8081, {
      reloadable: false,
    }),
    allowedHosts: Type.Array(host('A name in the Host header of admin requests', 'localhost'), {
      maxItems: 64,
      default: [],
      description: 'Names besides loopback by which the admin port may be called, against DNS rebinding',
    }),
    metrics: Type.Enum(['open', 'viewer'], {
      default: 'open',
      description: 'Who may read /metrics: anybody who reaches the port, or holders of an admin key',
    }),
    keyHashes: Type.Object(
      {
        operator: adminKeys('Keys that may look and change; without any, nothing can be changed'),
        viewer: adminKeys('Keys that may look'),
      },
      section('Hashes of the keys of the admin port, which belong to no application'),
    ),
    tls: Type.Optional(tls),
  },
  section('The admin port', { reloadable: true }),
);
