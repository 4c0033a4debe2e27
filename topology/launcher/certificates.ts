import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedNode } from './cluster-spec.ts';
import { caPathIn } from './node-access.ts';

/** Where a node finds its key with its certificate, and whom it trusts; PEM files. */
export interface NodeCertificate {
  readonly keyPath: string;
  readonly caPath: string;
}

const keys = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** Makes the authority of a cluster unless there is one. Its key stays in the directory, for nodes that come later. */
export async function ensureAuthority(clusterDirectory: string, clusterName: string): Promise<void> {
  const caPath = caPathIn(clusterDirectory);
  if (existsSync(caPath)) return;
  const { generate } = await import('selfsigned');
  const authority = await generate([{ name: 'commonName', value: `authority of ${clusterName}` }], {
    ...keys,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  writeFileSync(authorityKeyPath(clusterDirectory), authority.private, { mode: 0o600 });
  writeFileSync(caPath, authority.cert);
}

/**
 * Makes a node's key and certificate, signed by the authority of its cluster. It bears the node's address, the name
 * of the cluster, and the node's name in it, both under `.test`.
 */
export async function issueCertificate(
  clusterDirectory: string,
  clusterName: string,
  node: PlannedNode,
  nodeDirectory: string,
): Promise<NodeCertificate> {
  const { generate } = await import('selfsigned');
  const caPath = caPathIn(clusterDirectory);
  const ca = {
    key: readFileSync(authorityKeyPath(clusterDirectory), 'utf8'),
    cert: readFileSync(caPath, 'utf8'),
  };
  const issued = await generate([{ name: 'commonName', value: node.name }], {
    ...keys,
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: node.address },
          { type: 2, value: `${clusterName}.test` },
          { type: 2, value: `${node.name}.${clusterName}.test` },
        ],
      },
    ],
  });
  mkdirSync(nodeDirectory, { recursive: true });
  const keyPath = join(nodeDirectory, 'node.pem');
  writeFileSync(keyPath, `${issued.private.trim()}\n${issued.cert.trim()}\n`, { mode: 0o600 });
  return { keyPath, caPath };
}

function authorityKeyPath(clusterDirectory: string): string {
  return join(clusterDirectory, 'ca-key.pem');
}
