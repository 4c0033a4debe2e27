import { describe, expect, it } from 'vitest';
import { guardPhases } from '../../../src/core/guard/guard.ts';
import { codeSpans, sectionOf, tableRows } from '../../support/markdown.ts';
import { readProjectFile } from '../../support/project-files.ts';
import { ownMetrics } from '../../support/reference/metrics-tables.ts';

const labels = tableRows(sectionOf(readProjectFile('docs/reference/metrics.md'), 'Labels'));

describe('the page of metrics', () => {
  it('says of each label, and of no other, what its values are', async () => {
    const described = labels.flatMap(([label = '']) => codeSpans(label));
    const used = new Set((await ownMetrics()).flatMap(({ labels }) => labels));
    expect(described.toSorted()).toEqual([...used].toSorted());
  });

  it('has every phase of the guard', () => {
    const [, values = ''] = labels.find(([label]) => label === '`phase`') ?? [];
    expect(codeSpans(values)).toEqual([...guardPhases]);
  });
});
