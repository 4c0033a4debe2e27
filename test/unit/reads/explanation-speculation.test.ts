import { describe, expect, it } from 'vitest';
import { parseSpeculativeRetry } from '../../../src/core/speculation/speculative-retry.ts';
import { products } from '../../support/scripted-cluster.ts';
import { openScriptedReads, type ScriptedReadsOptions } from '../../support/scripted-reads.ts';

function ruleOf(text: string) {
  const rule = parseSpeculativeRetry(text);
  if (rule === undefined) throw new Error(`${text} is no rule`);
  return rule;
}

function open(settings: ScriptedReadsOptions['settings'] = {}, ownRule?: string) {
  const reads = openScriptedReads([products], { settings });
  const application = ownRule === undefined ? {} : { speculativeRetry: ruleOf(ownRule) };
  const call = { ...reads.call('products'), application: { ...reads.application, ...application } };
  const explain = (keys: readonly string[] = ['a']) => reads.explain({ ...call, body: { keys } });
  return { ...reads, explain };
}

describe('the speculation that an explanation tells', () => {
  it('is the rule of the table and its budget', async () => {
    expect(await open().explain()).toMatchObject({
      speculativeRetry: 'MIN(99p,15ms)',
      hedgeBudget: 0.1,
      groups: [{ hedgeAfterMs: 15 }],
    });
  });

  it('is the rule of the application, where it has one', async () => {
    const { explain } = open({ speculativeRetry: ruleOf('15ms'), hedgeBudget: 0.05 }, '40ms');
    expect(await explain()).toMatchObject({
      speculativeRetry: '40ms',
      hedgeBudget: 0.05,
      groups: [{ hedgeAfterMs: 40 }],
    });
  });

  it.each([
    ['NONE', null, 'never'],
    ['99p', null, 'nothing was measured yet'],
    ['ALWAYS', 0, 'at once'],
    ['MAX(99p,40ms)', 40, 'the part that is known'],
  ])('of %s has the time %s: %s', async (rule, hedgeAfterMs, _why) => {
    const { groups } = await open({ speculativeRetry: ruleOf(rule) }).explain();
    expect(groups[0]?.hedgeAfterMs).toBe(hedgeAfterMs);
  });

  it('grows with the messages: a percentile is of what their keys lead to expect', async () => {
    const { explain, ask, cluster, clock } = open({ speculativeRetry: ruleOf('50p'), maxKeysPerGroup: 8 });
    cluster.answer = (read) => new Promise((resolve) => clock.after(2 + read.keys.length, () => resolve([])));
    const many = Array.from({ length: 40 }, (_, key) => `sku-${key}`);
    for (let round = 0; round < 40; round += 1) {
      await clock.runUntil(ask('products', { keys: round % 2 === 0 ? ['a'] : many }));
    }
    const timeOf = async (keys: readonly string[]) => (await explain(keys)).groups[0]?.hedgeAfterMs ?? 0;
    expect(await timeOf(['a'])).toBeGreaterThan(0);
    expect(await timeOf(many)).toBeGreaterThan(await timeOf(['a']));
  });
});
