import { describe, expect, it } from 'vitest';
import { createLocalAddresses } from '../../support/local-addresses.ts';

const addresses = createLocalAddresses(['127.0.1.11', '127.0.1.12'], { data: 41_001, admin: 41_002 });

describe('the addresses of the pages', () => {
  it.each([
    ['http://127.0.0.1:8080/v1', 'http://127.0.0.1:41001/v1'],
    ['port: 8081 }', 'port: 41002 }'],
    ['contactPoints: [127.0.0.11, 127.0.0.12]', 'contactPoints: [127.0.1.11, 127.0.1.12]'],
    ['127.0.0.11:9042', '127.0.1.11:9042'],
    [
      '18080 80801 8080.5 127.0.0.110 1.127.0.0.11 127.0.0.13',
      '18080 80801 8080.5 127.0.0.110 1.127.0.0.11 127.0.0.13',
    ],
  ])('become those of the run, and come back: %s', (written, actual) => {
    expect(addresses.toActual(written)).toBe(actual);
    expect(addresses.toWritten(actual)).toBe(written);
  });
});
