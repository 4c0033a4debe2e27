import type { Write, WriteAnswer, WriteCall } from '../../src/core/writes/write.ts';
import type { DataAppOptions } from '../../src/http/app.ts';
import { createDataApp } from './data-app-fixture.ts';

const writeUrl = '/v1/shop/products/write';

export const writtenAnswer: WriteAnswer = {
  kind: 'answer',
  problem: undefined,
  body: '{"results":[{"status":"written"}],"summary":{"written":1,"error":0,"unprocessed":0},"timestampMicros":"7"}',
  account: {
    rows: 1,
    written: 1,
    error: 0,
    unprocessed: 0,
    retries: 0,
    cassandraMs: 2.5,
    quota: undefined,
  },
};

/** A data port in front of `write`. */
export function openWritePort(
  write: Write = async () => writtenAnswer,
  overrides: Partial<DataAppOptions> = {},
) {
  const calls: WriteCall[] = [];
  const noted: Write = (call) => {
    calls.push(call);
    return write(call);
  };
  const fixture = createDataApp(undefined, { write: noted, ...overrides });
  const post = (headers: Record<string, string> = {}, payload = '{"rows":[]}') =>
    fixture.app.inject({
      method: 'POST',
      url: writeUrl,
      headers: { 'content-type': 'application/json', 'x-weir-app': 'storefront', ...headers },
      payload,
    });
  return { ...fixture, calls, post };
}
