import { describe, expect, it } from 'vitest';
import { RequestError } from '../../src/core/errors.ts';
import type { scanSchemas } from '../../src/http/scan-schemas.ts';
import { type OpenApiDocument, openApiFaults, schemaFaults } from '../support/open-api-document.ts';
import { openScanPort, scriptedStream } from './scan-port.ts';

async function readDocument(): Promise<OpenApiDocument> {
  const { app } = openScanPort(async () => ({ kind: 'stream', stream: scriptedStream([]) }));
  return (await app.inject({ method: 'GET', url: '/openapi.json' })).json();
}

const named = (name: keyof typeof scanSchemas): object => ({ $ref: `#/components/schemas/${name}` });

describe('what OpenAPI says of scans', () => {
  it('keeps the rules, and its examples fit', async () => {
    const document = await readDocument();
    const operation = document.paths['/v1/{keyspace}/{table}/scan']?.['post'];
    expect(operation?.operationId).toBe('scan');
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '403', '404', '410', '413', '422', '428', '429', '503']),
    );
    expect(openApiFaults(document)).toEqual([]);
    const { content = {} } = operation?.responses['200'] ?? {};
    const [example] = Object.values(content['application/x-ndjson']?.examples ?? {});
    const lines = String(example?.value).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(schemaFaults(document, named('ScanLine'), JSON.parse(line))).toEqual([]);
  });

  it.each([
    { row: { sku: null, tags: [] } },
    { unreadable: { columns: ['at'], row: { sku: 'a' } } },
    { checkpoint: { cursor: 'abc', rows: 1_000 } },
    { end: { rows: 0, complete: true } },
    { end: { rows: 7, complete: false, cursor: 'abc' } },
    { error: { type: '/problems/replica-timeout', title: 'x', cursor: 'abc' } },
    { error: { type: '/problems/cursor-stale', title: 'x', restart: { range: { start: '-5', end: '7' } } } },
  ])('has room for the line %j', async (line) => {
    expect(schemaFaults(await readDocument(), named('ScanLine'), line)).toEqual([]);
  });

  it.each([
    { rows: 1 },
    { unreadable: { row: {} } },
    { checkpoint: { rows: 1 } },
    { end: { complete: true } },
    { error: {} },
  ])('has none for %j', async (line) => {
    expect(schemaFaults(await readDocument(), named('ScanLine'), line)).not.toEqual([]);
  });

  it.each([
    {},
    { range: { start: '-9223372036854775808', end: '9223372036854775807' }, columns: ['a'], pageSize: 1_000 },
    { key: { sku: 'a' }, limit: 1, consistency: 'LOCAL_QUORUM' },
    { cursor: 'abc' },
  ])('has room for the request %j', async (body) => {
    expect(schemaFaults(await readDocument(), named('ScanRequest'), body)).toEqual([]);
  });

  it.each([{ ranges: {} }, { range: { start: 5, end: '7' } }, { pageSize: 1_001 }, { limit: 0 }])(
    'has none for %j',
    async (body) => {
      expect(schemaFaults(await readDocument(), named('ScanRequest'), body)).not.toEqual([]);
    },
  );

  it('describes the problem of a stale cursor as it is told', async () => {
    const restart = { range: { start: '-5', end: '7' } };
    const { post } = openScanPort(async () => {
      throw Object.assign(new RequestError('cursor-stale', 'a column is gone'), { restart });
    });
    expect(schemaFaults(await readDocument(), named('ScanProblem'), (await post()).json())).toEqual([]);
  });
});
