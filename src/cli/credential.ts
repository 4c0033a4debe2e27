import { createHash, randomBytes } from 'node:crypto';
import type { NewFile } from './init-files.ts';

export interface Credential {
  readonly credential: string;
  /** What the configuration knows it by: the SHA-256 of its text, prefix included. */
  readonly hash: string;
}

/** A new credential of 256 random bits. */
export function createCredential(): Credential {
  const credential = `weir_${randomBytes(32).toString('base64url')}`;
  return { credential, hash: `sha256:${createHash('sha256').update(credential).digest('hex')}` };
}

/** A file that holds a credential and nothing else, for its owner alone. */
export function credentialFileAt(path: string, credential: string): NewFile {
  return { path, content: `${credential}\n`, mode: 0o600 };
}
