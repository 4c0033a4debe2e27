import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Config, configFromSettings } from './config.ts';
import { ConfigError } from './config-error.ts';
import { checkAcross } from './cross-checks.ts';
import type { Environment } from './environment.ts';
import type { Origins } from './origins.ts';
import { applyFlags, applyVariables } from './overlay.ts';
import { type Settings, settingsSchemaNode } from './schema.ts';
import { checkAgainstSchema } from './schema-check.ts';
import { readYaml } from './yaml-tree.ts';

interface ConfigSources {
  /** Path of the YAML file; a relative one starts at the working directory. */
  readonly file: string;
  readonly env: Environment;
  /** `path.of.setting=value`, the strongest; a later one beats an earlier one. */
  readonly flags?: readonly string[];
}

interface LoadedConfig {
  readonly config: Config;
  /** The same in the file's own form, defaults filled in. */
  readonly settings: Settings;
}

const largestFileBytes = 1_048_576;
const largestPasswordBytes = 4_096;

/** Reads the configuration: defaults < file < environment < flags. Throws a `ConfigError` with every fault. */
export function loadConfig(sources: ConfigSources): Config {
  return loadConfigAndSettings(sources).config;
}

/** As `loadConfig`, with the settings beside it. */
export function loadConfigAndSettings({ file, env, flags = [] }: ConfigSources): LoadedConfig {
  const text = readFile(file, largestFileBytes);
  if (text.fault !== undefined) {
    throw new ConfigError([{ file, path: [], what: 'the configuration cannot be read', why: text.fault }]);
  }
  const schema = settingsSchemaNode;
  const { tree, origins } = readYaml(text.content, file, schema, env);
  throwIfFaulty(origins);
  applyVariables(tree, schema, env, origins);
  applyFlags(tree, schema, flags, origins);
  const settings = checkAgainstSchema(tree, schema, origins) as unknown as Settings;
  throwIfFaulty(origins);
  checkAcross(settings, origins);
  const password = readPassword(settings.cassandra.passwordFile, file, origins);
  throwIfFaulty(origins);
  return { config: configFromSettings(settings, password), settings };
}

function throwIfFaulty(origins: Origins): void {
  if (origins.issues.length > 0) throw new ConfigError(origins.issues);
}

function readPassword(passwordFile: string | undefined, file: string, origins: Origins): string | undefined {
  if (passwordFile === undefined) return undefined;
  const path = ['cassandra', 'passwordFile'];
  const { content, fault } = readFile(resolve(dirname(file), passwordFile), largestPasswordBytes);
  const password = content.replace(/\r?\n$/, '');
  if (fault !== undefined) {
    origins.report(origins.valueAt(path), path, 'cassandra.passwordFile cannot be read', fault);
  } else if (password === '') {
    origins.report(
      origins.valueAt(path),
      path,
      'cassandra.passwordFile is empty',
      'a log-in needs a password',
    );
  }
  return password;
}

function readFile(path: string, largestBytes: number): { content: string; fault?: string } {
  try {
    const { size } = statSync(path);
    if (size > largestBytes) return { content: '', fault: `it is larger than ${largestBytes} bytes` };
    return { content: readFileSync(path, 'utf8') };
  } catch (error) {
    return {
      content: '',
      fault: reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? 'reading it failed',
    };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
};
