import { describe, expect, test } from 'vitest';
import { cacheDirectory } from '../../../topology/launcher/installation.ts';

describe('cacheDirectory', () => {
  test.each<[NodeJS.ProcessEnv, string, string]>([
    [{}, '/home/user/.cache/weir/cassandra-5.0.9', 'nothing set'],
    [{ XDG_CACHE_HOME: '/var/cache' }, '/var/cache/weir/cassandra-5.0.9', 'set'],
    [
      { XDG_CACHE_HOME: 'cache' },
      '/home/user/.cache/weir/cassandra-5.0.9',
      'relative: the specification has it ignored',
    ],
    [{ XDG_CACHE_HOME: '' }, '/home/user/.cache/weir/cassandra-5.0.9', 'empty'],
  ])('with %j is %s: %s', (environment, directory) => {
    expect(cacheDirectory(environment, '/home/user')).toBe(directory);
  });
});
