import { Counter, type CounterConfiguration } from 'prom-client';
import { createChildren } from './label-values.ts';

/** What has been counted for one combination of labels since the last scrape. */
export interface Tally {
  /** Below 0: something of it is taken back. A counter never falls: that is made up for by what is counted after it. */
  add(count: number): void;
}

/**
 * A counter whose increments are told to prom-client at the scrape. One of its own sorts and joins the labels each
 * time, and a look-up has several. The series is there from the first time that its labels are asked for, at 0.
 */
export function createTallies(
  configuration: Omit<CounterConfiguration<string>, 'collect'>,
): (...labelValues: string[]) => Tally {
  const untold: (() => void)[] = [];
  const counter = new Counter({
    ...configuration,
    collect() {
      for (const tell of untold) tell();
    },
  });
  return createChildren((...labelValues) => {
    const child = counter.labels(...labelValues);
    let count = 0;
    untold.push(() => {
      if (count < 0) return;
      child.inc(count);
      count = 0;
    });
    return {
      add(more) {
        count += more;
      },
    };
  });
}
