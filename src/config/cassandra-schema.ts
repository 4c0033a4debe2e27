/** The section `cassandra`. */
import Type from 'typebox';
import {
  addressForm,
  addressPattern,
  closed,
  count,
  file,
  named,
  nameForm,
  namePattern,
  pemFileBytes,
  secretFileBytes,
  secretText,
  text,
  topologyFileBytes,
} from './schema-parts.ts';

const embedded = Type.Object(
  {
    datacenters: named(
      namePattern,
      nameForm,
      Type.Integer({ minimum: 1, maximum: 100, description: 'Nodes in the datacenter' }),
      'Nodes by datacenter',
    ),
    seedRows: count('Products in shop.products, sku-1 and so on', 0, 1_000_000, 20_000),
    tokensPerNode: count('Tokens of each node', 1, 256, 16),
    racks: count('Racks in each datacenter, at most one a node', 1, 100, 3),
  },
  closed('A ring in this process, in memory, for trying things out and for tests'),
);

const tls = Type.Object(
  {
    caFile: Type.Optional(
      file('PEM file with the authorities that sign the nodes; absent: those that Node knows', pemFileBytes),
    ),
    certFile: Type.Optional(file('PEM file with the certificate that Weir shows to the nodes', pemFileBytes)),
    keyFile: Type.Optional(file('PEM file with the private key of that certificate', pemFileBytes)),
    verify: Type.Boolean({
      default: true,
      expects: 'true or false',
      description: 'Whether certificate and name of a node are checked; false gives away who is talked to',
    }),
    serverName: Type.Optional(
      text('The name in the certificates of the nodes; absent: the address of each node'),
    ),
  },
  closed('TLS to the nodes; `tls: {}` checks their certificates against the authorities that Node knows'),
);

export const cassandra = Type.Object(
  {
    contactPoints: Type.Optional(
      Type.Array(
        Type.String({
          pattern: addressPattern,
          expects: addressForm,
          description: 'A node to ask first, as host or host:port',
        }),
        {
          minItems: 1,
          maxItems: 64,
          expects: 'a list of 1 to 64 nodes',
          description: 'Nodes to learn the cluster from; the port is 9042 unless given',
        },
      ),
    ),
    embedded: Type.Optional(embedded),
    datacenter: Type.Optional(text('The datacenter that this instance stands in')),
    rack: Type.Optional(text('The rack that this instance stands in; breaks ties between owners')),
    topologyFile: Type.Optional(
      file(
        'File with a line `<public-ip>=<datacenter>:<rack>:<private-ip>` a node: gives distances, and the addresses by which nodes are reached',
        topologyFileBytes,
        { reloadable: true },
      ),
    ),
    username: Type.Optional(text('Who logs in to Cassandra')),
    usernameFile: Type.Optional(file('File with the user name and nothing else', secretFileBytes)),
    password: Type.Optional(
      secretText('The password, from a variable of the environment; it may not be written out here'),
    ),
    passwordFile: Type.Optional(file('File with the password and nothing else', secretFileBytes)),
    tls: Type.Optional(tls),
    sickNodes: Type.Enum(['avoid', 'ignore'], {
      default: 'avoid',
      description:
        'Whether nodes that are late or fail are left aside until they are well; ignore is there to be measured',
    }),
  },
  closed('The cluster: either contactPoints or embedded', { reloadable: false }),
);
