import { describe, expect, it } from 'vitest';
import { checkConfigText, loadConfig } from '../../../src/config/load.ts';
import { goodConfig, writeConfig } from '../../support/config-file.ts';

const load = (text: string) => loadConfig({ file: writeConfig(text), env: {} });
const faultsOf = (yaml: string) => checkConfigText({ yaml, file: 'no/such/weir.yaml', env: {} });

describe('an alias', () => {
  it('stands for the last anchor of its name before it', () => {
    const text = `${goodConfig}bounds: { keys: &n 5, rows: &n 7, keysInFlight: *n }\n`;
    expect(load(text).bounds).toMatchObject({ keys: 5, rows: 7, keysInFlight: 7 });
  });

  it('stands for a whole section, anchors within it included', () => {
    const text = `${goodConfig}tables:
  shop.products: &settings { maxKeysPerGroup: &most 8, grouping: key }
  shop.orders: *settings
  shop.prices: { maxKeysPerGroup: *most }
`;
    const sizes = [...load(text).tables].map(([name, { maxKeysPerGroup }]) => [name, maxKeysPerGroup]);
    expect(Object.fromEntries(sizes)).toEqual({ 'shop.products': 8, 'shop.orders': 8, 'shop.prices': 8 });
  });

  it('is refused where its anchor comes later', () => {
    const [fault] = faultsOf(`${goodConfig}bounds: { keys: *n, rows: &n 7 }\n`);
    expect(fault?.what).toMatch(/alias|YAML/);
  });

  // Each of them walked through the whole document: 20,000 took half a minute, in which nothing was served.
  it('costs no more than another value: 20,000 of them in a file are read at once', () => {
    const startedMs = performance.now();
    const aliases = Array.from({ length: 20_000 }, () => '*x').join(',');
    expect(faultsOf(`x: &x 1\ny: [${aliases}]\n`)).not.toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
