import { beforeAll, describe, expect, it } from 'vitest';
import { type OpenApiDocument, schemaFaults } from '../support/open-api-document.ts';
import { type KeyTypePort, keyTypes, openKeyTypePort } from './key-type-port.ts';

/** What the whole port answers, held against what it says of itself. */
describe('the answers of the port', () => {
  let open: KeyTypePort;
  let document: OpenApiDocument;

  beforeAll(async () => {
    open = openKeyTypePort();
    document = (await open.port.app.inject({ method: 'GET', url: '/openapi.json' })).json();
  });

  const tables = [...keyTypes.keys()];
  const named = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

  it.each(tables)('to look-ups in %s are as described, with and without X-Debug', async (table) => {
    const keys = (open.stored.get(table) ?? []).slice(0, 5).map((json) => ({ key: JSON.parse(json) }));
    const payload = JSON.stringify({ keys });
    for (const debug of ['0', '1']) {
      const response = await open.port.lookUp({
        url: `/v1/shop/${table}/lookup`,
        headers: { 'x-debug': debug },
        payload,
      });
      expect(response.statusCode).toBe(200);
      expect(schemaFaults(document, named('LookUpAnswer'), response.json())).toEqual([]);
    }
    expect(schemaFaults(document, named('LookUpRequest'), JSON.parse(payload))).toEqual([]);
  });

  it.each(tables)('to descriptions of %s are as described', async (table) => {
    const response = await open.port.get({ url: `/v1/shop/${table}` });
    expect(schemaFaults(document, named('TableDescription'), response.json())).toEqual([]);
  });

  it.each([
    ['{"keys":[]}', 400],
    ['{"keys":["a"],"columns":["nowhere"]}', 422],
    ['{"keys":["a"],"consistency":"ALL"}', 422],
  ])('to %s are as described', async (payload, status) => {
    const response = await open.port.lookUp({ url: '/v1/shop/by_text/lookup', payload });
    expect(response.statusCode).toBe(status);
    expect(schemaFaults(document, named('LookUpProblem'), response.json())).toEqual([]);
  });

  it('to a row without its key are as described', async () => {
    const { port } = open;
    const response = await port.get({ url: '/v1/shop/by_text/row' });
    expect(response.statusCode).toBe(400);
    expect(schemaFaults(document, named('Problem'), response.json())).toEqual([]);
  });
});
