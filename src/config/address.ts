export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host`, `host:port`, `[::1]`, `[::1]:port` or a bare IPv6 address; the host comes without brackets. */
export function splitAddress(text: string, standardPort: number): Address {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::([0-9]+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  return { host, port: port === undefined ? standardPort : Number(port) };
}

/** Whether the port that is written in an address can be one; where none is written it can. */
export function hasPossiblePort(text: string): boolean {
  const { port } = splitAddress(text, 1);
  return port >= 1 && port <= 65_535;
}
