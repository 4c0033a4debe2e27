import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { projectRoot } from './project-files.ts';

const goldenRoot = path.join(projectRoot, 'test/golden');
const updating = process.env['WEIR_UPDATE_GOLDEN'] === '1';

/** Fails unless the text is that of the file under test/golden; with WEIR_UPDATE_GOLDEN=1 writes it instead. */
export function expectGolden(file: string, text: string): void {
  const golden = path.join(goldenRoot, file);
  if (updating) {
    mkdirSync(path.dirname(golden), { recursive: true });
    writeFileSync(golden, text);
  }
  expect(existsSync(golden), `test/golden/${file} is there`).toBe(true);
  expect(text).toBe(readFileSync(golden, 'utf8'));
}

/** The files of a folder under test/golden, sorted. */
export function goldenFiles(folder: string): string[] {
  return readdirSync(path.join(goldenRoot, folder)).sort();
}
