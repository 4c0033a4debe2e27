import { describe, expect, it } from 'vitest';
import type { writeSchemas } from '../../src/http/write-schemas.ts';
import { type OpenApiDocument, openApiFaults, schemaFaults } from '../support/open-api-document.ts';
import { products } from '../support/scripted-cluster.ts';
import { createScriptedThrottle } from '../support/scripted-throttle.ts';
import { endWrites, openScriptedWrites, productRows } from '../support/scripted-writes.ts';
import { openWritePort } from './write-port.ts';

async function readDocument(): Promise<OpenApiDocument> {
  const { app } = openWritePort();
  return (await app.inject({ method: 'GET', url: '/openapi.json' })).json();
}

const named = (name: keyof typeof writeSchemas): object => ({ $ref: `#/components/schemas/${name}` });

describe('what OpenAPI says of writes', () => {
  it('keeps the rules, and its examples fit', async () => {
    const document = await readDocument();
    const operation = document.paths['/v1/{keyspace}/{table}/write']?.['post'];
    expect(operation?.operationId).toBe('write');
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '403', '404', '413', '415', '422', '428', '429', '503', '504']),
    );
    expect(openApiFaults(document)).toEqual([]);
  });

  it.each([
    { rows: [{ values: { sku: 'a', price: null }, ttlSeconds: 60 }] },
    {
      rows: [{ delete: { sku: 'a' } }, { deletePartition: { sku: 'b' } }],
      timestampMicros: '1767225600000000',
    },
    { rows: [{ values: { sku: 'a' } }], timestampMicros: 0, consistency: 'LOCAL_QUORUM' },
  ])('has room for the request %j', async (body) => {
    expect(schemaFaults(await readDocument(), named('WriteRequest'), body)).toEqual([]);
  });

  it.each([
    {},
    { rows: [] },
    { rows: [{}] },
    { rows: [{ values: { sku: 'a' }, delete: { sku: 'a' } }] },
    { rows: [{ delete: { sku: 'a' }, ttlSeconds: 60 }] },
    { rows: [{ values: { sku: 'a' } }], consistency: 'ANY' },
    { rows: [{ values: { sku: 'a' } }], timestampMicros: -1 },
  ])('has none for %j', async (body) => {
    expect(schemaFaults(await readDocument(), named('WriteRequest'), body)).not.toEqual([]);
  });

  it('describes answers as they are given', async () => {
    const document = await readDocument();
    const throttle = createScriptedThrottle(2);
    const scene = openScriptedWrites([products], { throttle, reach: 'instance' });
    const { write, sent, clock } = scene;
    scene.respond = endWrites(clock, () => (sent.length === 1 ? ['rejected'] : ['ok']));
    const { json } = await clock.runUntil(write('products', productRows('a', 'b', 'c')));
    expect(json.summary).toEqual({ written: 1, error: 1, unprocessed: 1 });
    expect(json).toMatchObject({ retryAfterMs: 40, warnings: [expect.any(String)] });
    expect(schemaFaults(document, named('WriteAnswer'), json)).toEqual([]);
  });

  it('describes problems as they are told', async () => {
    const document = await readDocument();
    const scene = openScriptedWrites([products], { throttle: createScriptedThrottle(0) });
    const { problem, json } = await scene.write('products', productRows('a'));
    expect(problem).toBe('over-quota');
    expect(schemaFaults(document, named('WriteProblem'), { ...json, instance: 'r-1' })).toEqual([]);
  });
});
