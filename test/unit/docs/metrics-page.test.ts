import { describe, expect, it } from 'vitest';
import { codeSpans, sectionOf, tableRows } from '../../support/markdown.ts';
import { readProjectFile } from '../../support/project-files.ts';
import { ownMetrics } from '../../support/reference/metrics-tables.ts';

describe('the page of metrics', () => {
  it('says of each label, and of no other, what its values are', async () => {
    const page = readProjectFile('docs/reference/metrics.md');
    const described = tableRows(sectionOf(page, 'Labels')).flatMap(([label = '']) => codeSpans(label));
    const used = new Set((await ownMetrics()).flatMap(({ labels }) => labels));
    expect(described.toSorted()).toEqual([...used].toSorted());
  });
});
