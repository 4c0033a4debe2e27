import { describe, expect, it } from 'vitest';
import { layerFault, readImports } from '../../support/layers.ts';
import { listProjectFiles, readProjectFile } from '../../support/project-files.ts';

const files = ['src', 'topology', 'loadtest'].flatMap((folder) => listProjectFiles(folder, '.ts'));
const imports = files.flatMap((file) => readImports(file, readProjectFile(file)));

describe('the layers', () => {
  it('are kept by every import', () => {
    expect(imports.length).toBeGreaterThan(files.length);
    expect(imports.flatMap((each) => layerFault(each) ?? [])).toEqual([]);
  });

  it.each([
    ['src/core/reads/x.ts', "import { readFile } from 'node:fs';", 'core has no I/O'],
    ['src/core/reads/x.ts', "import { LRUCache } from 'lru-cache';", 'core has no packages'],
    ['src/core/reads/x.ts', "export * from '../../http/app.ts';", 'core imports only core'],
    ['src/http/app.ts', "import type { X } from '../admin/app.ts';", 'edges do not know each other'],
    ['src/adapters/redis/x.ts', "import { y } from '../cassandra/y.ts';", 'adapters do not know each other'],
    [
      'src/adapters/redis/x.ts',
      "const y = await import('../../config/load.ts');",
      'only compose reads the configuration',
    ],
    ['src/http/app.ts', "import { composeSystem } from '../compose.ts';", 'nobody reaches back'],
    [
      'src/workers/supervisor.ts',
      "import { composeSystem } from '../compose.ts';",
      'what keeps the processes knows nothing of what they do',
    ],
    [
      'src/http/app.ts',
      "import { x } from '../workers/messages.ts';",
      'a request knows nothing of processes',
    ],
    ['src/compose.ts', "import { createProgram } from './cli/program.ts';", 'nobody reaches back'],
    ['loadtest/x.ts', "import { murmur3Token } from '../src/core/token/murmur3.ts';", 'a black box'],
    ['src/cli/serve.ts', "import { x } from '../../test/support/x.ts';", 'nothing stands on the tests'],
  ])('refuse in %s: %s (%s)', (file, source) => {
    expect(readImports(file, source).map(layerFault)).toEqual([expect.any(String)]);
  });
});

describe('the core', () => {
  const core = listProjectFiles('src/core', '.ts');
  const banned =
    /\b(Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask|crypto|process|Buffer|TextEncoder|TextDecoder|AbortSignal|globalThis)\s*[.(]|new Date\b|Math\.random/;

  it.each(core)('%s has no clock, chance or platform of its own', (file) => {
    const code = readProjectFile(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(banned.exec(code)?.[0]).toBeUndefined();
  });

  it.each(['Date.now()', 'new Date', 'Math.random()', 'setTimeout(f)', 'process.env', 'globalThis.x'])(
    'would not get away with %s',
    (code) => {
      expect(banned.test(code)).toBe(true);
    },
  );
});
