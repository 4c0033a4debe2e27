import cassandra from 'cassandra-driver';

/**
 * Where the driver connects to, for every address that a node announces: in its table of peers, and when it tells of
 * nodes that go up and down. The driver's types do not show the class that its policy must be an instance of.
 */
export function addressResolution(
  translate: (address: string) => string,
): cassandra.policies.addressResolution.AddressTranslator {
  const policy = cassandra.policies.defaultAddressTranslator();
  policy.translate = (address, port, callback) => callback(`${translate(address)}:${port}`);
  return policy;
}
