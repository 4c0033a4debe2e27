import { describe, expect, it } from 'vitest';
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts';

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const lock = JSON.parse(readProjectFile('package-lock.json')) as { packages: Record<string, LockEntry> };
const entries = Object.entries(lock.packages).filter(([name]) => name !== '');

describe('the lock file', () => {
  it('holds no download address', () => {
    expect(entries.length).toBeGreaterThan(100);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  });

  it('gives every package a version', () => {
    expect(entries.filter(([, entry]) => entry.version === undefined && entry.link !== true)).toEqual([]);
  });

  it('carries the checkers for every platform', () => {
    const names = entries.map(([name]) => name);
    for (const platform of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64']) {
      expect(names).toContain(`node_modules/@biomejs/cli-${platform}`);
    }
  });
});

describe('the files of the project', () => {
  it('name no folder of a machine', () => {
    const files = ['src', 'topology', 'loadtest', 'test', 'docs'].flatMap((folder) =>
      ['.ts', '.md', '.yaml', '.json', '.cql'].flatMap((extension) => {
        try {
          return listProjectFiles(folder, extension);
        } catch {
          return [];
        }
      }),
    );
    expect(files.length).toBeGreaterThan(50);
    const machine = /\/(?:work|root|home\/[a-z]+)\/(?!\.cache)/;
    const own = 'test/unit/project/package.test.ts';
    expect(files.filter((file) => file !== own && machine.test(readProjectFile(file)))).toEqual([]);
  });
});
