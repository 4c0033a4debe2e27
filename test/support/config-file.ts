import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { type ConfigSources, loadConfig } from '../../src/config/load.ts';

/** A configuration that is complete and right, to be broken in one place. */
export const goodConfig = `data: { host: 127.0.0.1, port: 8080 }
cassandra:
  embedded: { datacenters: { us-east-1-frontend: 6 } }
auth: trusted
applications:
  storefront:
    class: frontend
    tables: { shop.products: [read] }
`;

/** Writes files into a directory that goes away with the test; returns the path of `weir.yaml`. */
export function writeConfig(text: string, others: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of Object.entries({ 'weir.yaml': text, ...others })) {
    writeFileSync(join(directory, name), content);
  }
  return join(directory, 'weir.yaml');
}

/** A variable as the file names it, written so that it does not look like a template that was forgotten. */
export function reference(name: string): string {
  return `$${'{'}${name}}`;
}

/** What is said of a configuration that is refused, its folder left out; `accepted` of one that is not. */
export function refusalOf(
  text: string,
  {
    others = {},
    ...sources
  }: Partial<Omit<ConfigSources, 'file'>> & { readonly others?: Readonly<Record<string, string>> } = {},
): string {
  const file = writeConfig(text, others);
  try {
    loadConfig({ file, env: {}, ...sources });
    return 'accepted';
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(join(dirname(file), '/'), '');
    throw error;
  }
}
