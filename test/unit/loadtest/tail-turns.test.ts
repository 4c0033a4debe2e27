import { describe, expect, it } from 'vitest';
import { itemOf } from '../../../loadtest/dataset.ts';
import { runTurns, type TailPlan, type TailVariant } from '../../../loadtest/tail-turns.ts';
import { WeirMetrics } from '../../../loadtest/weir-metrics.ts';

const plan: TailPlan = {
  rounds: 2,
  warmUpRounds: 1,
  lookUps: 4,
  keysPerLookUp: 3,
  inFlight: 2,
  rate: 10_000,
};
const silent = (): void => undefined;
const waitHardly = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Ask = TailVariant['weir']['ask'];

const rightAnswer: Ask = async (keys) => {
  const results = keys.map((key) => ({ status: 'found', rows: [itemOf(key)] }));
  return Buffer.from(JSON.stringify({ results }));
};

/** A Weir that answers as told, and counts 5 first messages and a hedge with each look-up. */
function fakeVariant(name: string, answer: Ask = rightAnswer, log: string[] = []) {
  const asked: string[] = [];
  const variant: TailVariant = {
    weir: {
      name,
      ask: (keys) => {
        asked.push(keys.join());
        log.push(name);
        return answer(keys);
      },
      metrics: async () =>
        new WeirMetrics(
          `weir_groups_per_lookup_sum ${asked.length * 5}\nweir_hedges_total{result="won"} ${asked.length}`,
        ),
    },
  };
  return { asked, variant };
}

describe('the turns of the tail', () => {
  it('ask all variants for the same keys, other ones in each round', async () => {
    const [a, b] = [fakeVariant('a'), fakeVariant('b')];
    await runTurns([a.variant, b.variant], plan, silent, waitHardly);
    expect(a.asked).toEqual(b.asked);
    // One round of warm-up, one that does not count, two that do.
    expect(new Set(a.asked).size).toBe(4 * 4);
  });

  it('begin each round with another variant', async () => {
    const log: string[] = [];
    const variants = ['a', 'b'].map((name) => fakeVariant(name, rightAnswer, log).variant);
    await runTurns(variants, plan, silent, waitHardly);
    expect(log.join('')).toBe('aaaabbbb aaaabbbb bbbbaaaa aaaabbbb'.replaceAll(' ', ''));
  });

  it('leave the warm-up and the round after it out', async () => {
    const turns = await runTurns([fakeVariant('a').variant], plan, silent, waitHardly);
    expect(turns.map(({ round, latenciesMs }) => [round, latenciesMs.length])).toEqual([
      [1, 4],
      [2, 4],
    ]);
    expect(turns[0]?.messages).toEqual({ first: 20, hedges: 4, retries: 0, ended: 0 });
  });

  it('tell of look-ups that failed and of answers that are wrong', async () => {
    let looked = 0;
    const answer: Ask = async (keys) => {
      looked += 1;
      if (looked % 4 === 1) throw new Error('no answer');
      return looked % 4 === 2 ? rightAnswer(keys.toReversed()) : rightAnswer(keys);
    };
    const turns = await runTurns(
      [fakeVariant('a', answer).variant],
      { ...plan, warmUpRounds: 0 },
      silent,
      waitHardly,
    );
    for (const { errors } of turns) {
      expect(errors).toEqual(['no answer', expect.stringMatching(/^item-\d{5}: wrong id$/)]);
    }
  });

  it('freeze a node for as long as a turn lasts, and thaw it also when the turn fails', async () => {
    const events: string[] = [];
    const freeze = () => ({
      start: () => void events.push('start'),
      stop: async () => void events.push('stop'),
      freezes: 3,
      frozenMs: 900,
    });
    const { variant } = fakeVariant('a', (keys) => {
      events.push('ask');
      return rightAnswer(keys);
    });
    const short = { ...plan, warmUpRounds: 0, rounds: 1, lookUps: 1 };
    const [turn] = await runTurns([{ ...variant, freeze }], short, silent, waitHardly);
    expect(events).toEqual(['start', 'ask', 'stop', 'start', 'ask', 'stop']);
    expect(turn).toMatchObject({ freezes: 3, frozenMs: 900 });

    events.length = 0;
    const failing = runTurns([{ ...variant, freeze }], short, silent, () =>
      Promise.reject(new Error('no clock')),
    );
    await expect(failing).rejects.toThrow('no clock');
    expect(events.at(-1)).toBe('stop');
  });
});
