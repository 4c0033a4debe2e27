import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, createSecureContext } from 'node:tls';

/** TLS to the nodes. Certificates and keys are PEM texts. */
export interface TlsSettings {
  /** Who may have signed the nodes' certificates, one or several; absent: the authorities that Node trusts. */
  readonly ca?: string;
  /** The certificate of this client, with its key, where the nodes ask for one. */
  readonly cert?: string;
  readonly key?: string;
  /** False takes any certificate of anybody: only for trying things out. */
  readonly verify: boolean;
  /** The name that every node's certificate bears; absent: each must bear the address at which it is reached. */
  readonly serverName?: string;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws a `RangeError` for texts that could never work; it quotes none of them. */
export function checkTlsSettings({ ca, cert, key, serverName }: TlsSettings): void {
  if (ca !== undefined) checkCertificates('tls.ca', ca);
  if (cert !== undefined) checkCertificates('tls.cert', cert);
  if ((cert === undefined) !== (key === undefined)) {
    throw new RangeError('tls: a client certificate and its key belong together, got only one of them');
  }
  if (cert !== undefined && key !== undefined) {
    try {
      createSecureContext({ cert, key });
    } catch {
      throw new RangeError(
        'tls.key: the PEM text of the private key of tls.cert is needed, without a passphrase',
      );
    }
  }
  if (serverName !== undefined && (serverName === '' || isIP(serverName) !== 0)) {
    throw new RangeError(
      `tls.serverName: a host name is needed, got ${serverName === '' ? 'none' : 'an address'}`,
    );
  }
}

function checkCertificates(name: string, text: string): void {
  const blocks = text.match(block) ?? [];
  try {
    for (const certificate of blocks) new X509Certificate(certificate);
  } catch {
    throw new RangeError(`${name}: a certificate in it cannot be read`);
  }
  if (blocks.length === 0) throw new RangeError(`${name}: PEM text with a certificate is needed, got none`);
}

/** The texts are parsed once, not with every connection. */
export function tlsOptions({ ca, cert, key, verify, serverName }: TlsSettings): ConnectionOptions {
  return {
    secureContext: createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    }),
    rejectUnauthorized: verify,
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}
