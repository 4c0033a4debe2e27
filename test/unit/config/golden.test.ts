import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { listProjectFiles, projectRoot, readProjectFile } from '../../support/project-files.ts';

const folder = 'test/golden/config';
const broken = listProjectFiles(folder, '.yaml');

/** What is said of a file, without the folder that it lies in. */
function refusalOfFile(file: string): string {
  try {
    loadConfig({ file: join(projectRoot, file), env: {} });
    return 'accepted';
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(join(projectRoot, folder, '/'), '');
    throw error;
  }
}

describe('the errors of a broken file', () => {
  it('are known for each way to break one', () => {
    expect(broken.length).toBeGreaterThan(20);
    expect(listProjectFiles(folder, '.txt')).toEqual(broken.map((file) => file.replace('.yaml', '.txt')));
  });

  it.each(broken)('%s reads as it is written down', (file) => {
    expect(`${refusalOfFile(file)}\n`).toBe(readProjectFile(file.replace('.yaml', '.txt')));
  });
});
