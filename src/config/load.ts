import { resolve } from 'node:path';
import type { ConfigFault, SettingOrigin } from '../core/administration.ts';
import { checkCertificates } from './certificate-checks.ts';
import { type Config, configFromSettings } from './config.ts';
import { ConfigError } from './config-error.ts';
import { checkAcross, checkSecrets } from './cross-checks.ts';
import type { Environment } from './environment.ts';
import { type FileContents, readNamedFiles } from './file-contents.ts';
import { checkCursorKeys } from './job-checks.ts';
import type { Origins } from './origins.ts';
import { applyFlags, applyVariables } from './overlay.ts';
import { reportTo } from './report.ts';
import { type Settings, settingsSchemaNode } from './schema.ts';
import { checkAgainstSchema } from './schema-check.ts';
import { leafSettings, type Tree } from './schema-node.ts';
import { readTextFile } from './text-file.ts';
import { checkTopologyFile, checkTopologyNames } from './topology-checks.ts';
import { readYaml } from './yaml-tree.ts';

export interface ConfigSources {
  /** Path of the YAML file; a relative one starts at the working directory. */
  readonly file: string;
  readonly env: Environment;
  /** `path.of.setting=value`, the strongest; a later one beats an earlier one. */
  readonly flags?: readonly string[];
  /** Milliseconds since 1970, for certificates that expire; the system's own unless given. */
  readonly nowMs?: number;
  /** Whether the file was read before. A pipe is then refused: nobody may write into it again, and reading would wait for ever. */
  readonly again?: boolean;
}

/** A configuration as it was read; may hold secrets and is not to be printed. */
export interface LoadedConfig {
  readonly config: Config;
  /** The same in the file's own form, defaults filled in. */
  readonly settings: Settings;
  /** One a leaf, in the order of the settings. */
  readonly origins: readonly SettingOrigin[];
  /** Absolute paths of all that was read: the file itself, then those that it names. */
  readonly files: readonly string[];
  /** What taking it over needs to know besides. */
  readonly reading: {
    readonly contents: FileContents;
    readonly places: Origins;
  };
}

const largestFileBytes = 1_048_576;

/** Reads the configuration: defaults < file < environment < flags. Throws a `ConfigError` with every fault. */
export function loadConfig(sources: ConfigSources): Config {
  return loadConfigAndSettings(sources).config;
}

/** As `loadConfig`, with the settings beside it. */
export function loadConfigAndSettings(sources: ConfigSources): LoadedConfig {
  const { file, again = false } = sources;
  const { text, fault } = readTextFile(file, largestFileBytes, { allowsPipe: !again });
  if (fault !== undefined) {
    throw new ConfigError([{ file, path: [], what: 'the configuration cannot be read', why: fault }]);
  }
  return loadText(text, sources);
}

/**
 * The faults of a text that is to become the file, in the order of the file; none: it would be taken. Files that
 * it names are looked for beside `file`.
 */
export function checkConfigText({
  yaml,
  ...sources
}: ConfigSources & { readonly yaml: string }): readonly ConfigFault[] {
  if (Buffer.byteLength(yaml) > largestFileBytes) {
    const why = `it is larger than ${largestFileBytes} bytes`;
    return [{ file: sources.file, path: [], what: 'the configuration cannot be read', why }];
  }
  try {
    loadText(yaml, sources);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

function loadText(text: string, { file, env, flags = [], nowMs = Date.now() }: ConfigSources): LoadedConfig {
  const schema = settingsSchemaNode;
  const { tree, origins } = readYaml(text, file, schema, env);
  throwIfFaulty(origins);
  applyVariables(tree, schema, env, origins);
  applyFlags(tree, schema, flags, origins);
  const settings = checkAgainstSchema(tree, schema, origins) as unknown as Settings;
  throwIfFaulty(origins);
  const report = reportTo(origins);
  checkAcross(settings, origins, report);
  checkSecrets(settings, origins, report);
  const { contents, files } = readNamedFiles(settings, file, origins);
  checkCertificates(settings, contents, nowMs, report);
  checkCursorKeys(settings, contents, report);
  const topology = checkTopologyFile(settings, contents, file, origins);
  if (topology !== undefined) checkTopologyNames(settings, topology, report);
  throwIfFaulty(origins, files);
  return {
    config: configFromSettings(settings, contents, topology),
    settings,
    origins: leafSettings(settings as unknown as Tree, schema).map(({ path, reloadable }) => ({
      path,
      ...origins.sourceOf(path),
      reloadable,
    })),
    files: [...new Set([resolve(file), ...files])],
    reading: { contents, places: origins },
  };
}

function throwIfFaulty(origins: Origins, files: readonly string[] = []): void {
  if (origins.issues.length > 0) throw new ConfigError(origins.issues, files);
}
