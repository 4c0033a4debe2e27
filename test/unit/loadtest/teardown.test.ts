import { describe, expect, it } from 'vitest';
import { Teardown } from '../../../loadtest/teardown.ts';

describe('a teardown', () => {
  it('ends what was started last first, whatever fails', async () => {
    const reported: string[] = [];
    const ended: string[] = [];
    const teardown = new Teardown((line) => reported.push(line));
    teardown.add('cluster', async () => {
      ended.push('cluster');
    });
    teardown.add('weir', () => Promise.reject(new Error('gone already')));
    await teardown.run();
    expect(ended).toEqual(['cluster']);
    expect(reported).toEqual(['weir did not end: gone already']);
  });

  it('ends everything once, and whoever asks again waits for the same end', async () => {
    let ends = 0;
    const end = Promise.withResolvers<void>();
    const teardown = new Teardown(() => undefined);
    teardown.add('weir', () => {
      ends += 1;
      return end.promise;
    });
    const first = teardown.run();
    const second = teardown.run();
    expect(second).toBe(first);
    end.resolve();
    await second;
    expect(ends).toBe(1);
  });
});
