import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { FileContents } from './file-contents.ts';
import type { Report } from './report.ts';
import type { Settings } from './schema.ts';

/** Reports certificates and keys that could not be used: they would fail at the first handshake otherwise. */
export function checkCertificates(
  settings: Settings,
  contents: FileContents,
  nowMs: number,
  report: Report,
): void {
  for (const section of ['data', 'admin'] as const) {
    if (settings[section].tls !== undefined) checkIdentity([section, 'tls'], contents, nowMs, report);
  }
  for (const section of ['cassandra', 'redis'] as const) {
    if (settings[section]?.tls?.caFile !== undefined)
      checkAuthorities([section, 'tls', 'caFile'], contents, report);
  }
  if (settings.cassandra.tls !== undefined) checkIdentity(['cassandra', 'tls'], contents, nowMs, report);
}

function checkAuthorities(path: readonly string[], contents: FileContents, report: Report): void {
  const ca = contents.get(path.join('.'));
  if (readCertificates(path, contents, report) === undefined || ca === undefined) return;
  if (!isUsable({ ca })) report(path, 'cannot be used', unusable);
}

function checkIdentity(
  section: readonly string[],
  contents: FileContents,
  nowMs: number,
  report: Report,
): void {
  const certPath = [...section, 'certFile'];
  const keyPath = [...section, 'keyFile'];
  const [certificate] = readCertificates(certPath, contents, report) ?? [];
  const key = readKey(keyPath, contents, report);
  if (certificate !== undefined) {
    if (certificate.validToDate.getTime() <= nowMs) {
      report(certPath, 'has expired', `it was valid until ${isoSeconds(certificate.validToDate)}`);
    } else if (certificate.validFromDate.getTime() > nowMs) {
      report(certPath, 'is not valid yet', `it will be from ${isoSeconds(certificate.validFromDate)}`);
    }
  }
  if (certificate !== undefined && key !== undefined && !certificate.checkPrivateKey(key)) {
    report(keyPath, `does not belong to ${certPath.join('.')}`, 'it is the key of another certificate');
    return;
  }
  const [cert, keyText] = [contents.get(certPath.join('.')), contents.get(keyPath.join('.'))];
  if (certificate === undefined || key === undefined || cert === undefined || keyText === undefined) return;
  if (!isUsable({ cert, key: keyText })) report(certPath, 'cannot be used', unusable);
}

const unusable = 'TLS refuses it: its key is too short, or a signature in its chain too weak';

/** The last word is that of TLS itself, which asks for more than well-formed texts. */
function isUsable(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

/** At least one, the port's own first; undefined where there is no file or it was reported. */
function readCertificates(
  path: readonly string[],
  contents: FileContents,
  report: Report,
): readonly X509Certificate[] | undefined {
  const text = contents.get(path.join('.'));
  if (text === undefined) return undefined;
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) {
    report(path, 'holds no certificate', 'PEM is expected, a block that begins with BEGIN CERTIFICATE');
    return undefined;
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    report(path, 'holds a certificate that cannot be read', 'it is damaged or of an unknown kind');
    return undefined;
  }
}

function readKey(path: readonly string[], contents: FileContents, report: Report): KeyObject | undefined {
  const text = contents.get(path.join('.'));
  if (text === undefined) return undefined;
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    report(path, 'holds no private key', 'PEM is expected, a block that begins with BEGIN PRIVATE KEY');
    return undefined;
  }
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    report(path, 'has a pass phrase', 'nobody could type it in at the start');
    return undefined;
  }
  try {
    return createPrivateKey(text);
  } catch {
    report(path, 'holds a private key that cannot be read', 'it is damaged or of an unknown kind');
    return undefined;
  }
}

function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
