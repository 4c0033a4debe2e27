import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createTallies } from '../../../src/adapters/prometheus/tally.ts';

it('a tally is told at each scrape what came since the one before, and stands at 0 until something comes', async () => {
  const registry = new Registry();
  const of = createTallies({ name: 'seen', help: 'Seen', labelNames: ['kind'], registers: [registry] });
  const scraped = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('seen'));
  expect(await scraped()).toEqual([]);
  of('a').add(0);
  expect(await scraped()).toEqual(['seen{kind="a"} 0']);
  of('a').add(2);
  of('b').add(1);
  of('a').add(3);
  expect(await scraped()).toEqual(['seen{kind="a"} 5', 'seen{kind="b"} 1']);
  expect(await scraped()).toEqual(['seen{kind="a"} 5', 'seen{kind="b"} 1']);
  of('b').add(4);
  expect(await scraped()).toEqual(['seen{kind="a"} 5', 'seen{kind="b"} 5']);
});

it('a tally never falls: what is taken back is made up for by what comes after it', async () => {
  const registry = new Registry();
  const of = createTallies({ name: 'seen', help: 'Seen', labelNames: ['kind'], registers: [registry] });
  const seen: string[] = [];
  for (const count of [3, -2, 1, 4]) {
    of('a').add(count);
    const [line = ''] = (await registry.metrics()).split('\n').filter((each) => each.startsWith('seen'));
    seen.push(line.split(' ')[1] ?? '');
  }
  expect(seen).toEqual(['3', '3', '3', '6']);
});
