import { describe, expect, it } from 'vitest';
import { checkCache, memoryOfMachine } from '../../../src/cli/check-cache.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';
import { runVerb } from '../../support/run-cli.ts';

const gibibyte = 1_073_741_824;

function told(lines: string, memoryBytes: number): readonly string[] {
  const config = loadConfig({ file: writeConfig(`${goodConfig}${lines}\n`), env: {} });
  return checkCache(config, memoryBytes).map(({ state, what }) => `${state}: ${what}`);
}

describe('the check of the cache', () => {
  it.each([
    ['cache: { size: 1GiB }', gibibyte, [], 'it fits, if barely'],
    [
      'cache: { size: 1.5GiB }',
      gibibyte,
      ['warning: cache.size is 1.5 GiB, and there are 1.0 GiB of memory here'],
      'it will never fit',
    ],
    [
      'tables: { shop.products: { cache: { ttl: 1s } } }',
      gibibyte,
      [],
      'a second of a busy key is many look-ups',
    ],
    [
      'tables: { shop.products: { cache: { ttl: 250ms } } }',
      gibibyte,
      ['warning: rows of shop.products are kept for 250 ms: few keys are asked for again so soon'],
      'more work than it spares',
    ],
    ['tables: { shop.products: {} }', gibibyte, [], 'what is not kept is not kept too briefly'],
  ])('of %s with %d bytes of memory says %j: %s', (lines, memoryBytes, findings) => {
    expect(told(lines, memoryBytes)).toEqual(findings);
  });

  it('knows how much memory there is here', () => {
    expect(memoryOfMachine()).toBeGreaterThan(16 * 1_048_576);
  });

  it('is a part of what check says', async () => {
    const file = writeConfig(`${goodConfig}tables: { shop.products: { cache: { ttl: 9ms } } }\n`);
    const { stdout } = await runVerb(['check', '-c', file]);
    expect(stdout).toContain('warning  rows of shop.products are kept for 9 ms');
  });
});
