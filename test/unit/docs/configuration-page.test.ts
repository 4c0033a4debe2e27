import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { groupings } from '../../../src/core/routing/plan.ts';
import { writeConfig } from '../../support/config-file.ts';
import { codeSpans, fencedBlocks, sectionOf, tableRows } from '../../support/markdown.ts';
import { readProjectFile } from '../../support/project-files.ts';

const page = readProjectFile('docs/reference/configuration.md');
const examples = fencedBlocks(page).flatMap(({ language, text }, index, blocks): [string, string][] => {
  const next = blocks[index + 1];
  return language === 'yaml' ? [[text, next?.language === 'text' ? next.text.trim() : '']] : [];
});

describe('the page of the configuration', () => {
  it('has an example with faults and one without', () => {
    expect(examples.map(([, faults]) => faults === '').toSorted()).toEqual([false, true]);
  });

  it.each(examples)('has examples that are taken, or refused as it says', (text, faults) => {
    const file = writeConfig(text);
    expect(faultsOf(file).replaceAll(file, path.basename(file))).toBe(faults);
  });

  it('says of each grouping what it does', () => {
    const rows = tableRows(sectionOf(page, 'How keys are grouped'));
    expect(rows.flatMap(([name = '']) => codeSpans(name))).toEqual([...groupings]);
  });
});

function faultsOf(file: string): string {
  try {
    loadConfig({ file, env: {} });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : 'not an error';
  }
}
