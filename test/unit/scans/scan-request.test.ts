import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { RequestError } from '../../../src/core/errors.ts';
import { defaultTableSettings } from '../../../src/core/reads/settings.ts';
import { parseScanRequest, type ScanRequest } from '../../../src/core/scans/scan-request.ts';
import { tokenToDecimal } from '../../../src/core/token/token.ts';
import { events } from '../../support/scan-cluster.ts';
import { makeTable } from '../../support/scripted-cluster.ts';

const places = makeTable('places', ['country', 'city'], [], ['name']);

function parse(body: unknown, schema = events): ScanRequest {
  return parseScanRequest(body, { schema, visible: schema.columns }, defaultTableSettings, nodeText);
}

function faultsOf(body: unknown, schema = events): string[] {
  try {
    parse(body, schema);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return [error.slug, ...error.faults.map(({ pointer }) => pointer)];
  }
  throw new Error('it holds');
}

describe('the body of a scan', () => {
  it('may be empty: then everything is scanned, in pages of a thousand', () => {
    expect(parse({})).toEqual({
      area: undefined,
      columns: undefined,
      consistency: undefined,
      pageSize: 1_000,
      limit: undefined,
      cursor: undefined,
    });
  });

  it('has a range of tokens as text', () => {
    const { area } = parse({ range: { start: '-9223372036854775808', end: '-42' } });
    if (area?.kind !== 'range') throw new Error('no range');
    expect([area.after, area.upTo].map(tokenToDecimal)).toEqual(['-9223372036854775808', '-42']);
  });

  it('has the key of a partition, bare or by its columns', () => {
    const key = [nodeText.utf8('lamp')];
    expect(parse({ key: 'lamp' }).area).toEqual({ kind: 'partition', key, keyJson: 'lamp' });
    expect(parse({ key: { device: 'lamp' } }).area).toMatchObject({ kind: 'partition', key });
    const place = { country: 'fr', city: 'lyon' };
    expect(parse({ key: place }, places).area).toMatchObject({ kind: 'partition' });
  });

  it('has columns and a consistency level', () => {
    const { columns, consistency } = parse({ columns: ['note', 'at'], consistency: 'LOCAL_QUORUM' });
    expect(columns?.map(({ name }) => name)).toEqual(['note', 'at']);
    expect(consistency).toBe('LOCAL_QUORUM');
  });

  it.each([
    ['no object', [], ['']],
    ['an unknown field', { keys: [] }, ['/keys']],
    ['a page of no row', { pageSize: 0 }, ['/pageSize']],
    ['a page too large', { pageSize: 1_001 }, ['/pageSize']],
    ['part of a row', { limit: 1.5 }, ['/limit']],
    ['no row at all', { limit: 0 }, ['/limit']],
    ['no columns', { columns: [] }, ['/columns']],
    ['a column twice', { columns: ['at', 'at'] }, ['/columns/1']],
    ['an unknown level', { consistency: 'SOME' }, ['/consistency']],
    ['a cursor that is no text', { cursor: 7 }, ['/cursor']],
    ['a range that is no object', { range: 'all' }, ['/range']],
    ['half a range', { range: { start: '1' } }, ['/range/end']],
    ['numbers, which cannot carry a token', { range: { start: 1, end: 2 } }, ['/range/start', '/range/end']],
    ['a token of 65 bits', { range: { start: '1', end: '9223372036854775808' } }, ['/range/end']],
    ['more than a range', { range: { start: '1', end: '2', by: 1 } }, ['/range/by']],
    ['an empty range', { range: { start: '1', end: '1' } }, ['/range']],
    ['a range and a key', { range: { start: '1', end: '2' }, key: 'a' }, ['/key']],
    ['a whole primary key', { key: { device: 'a', at: '1' } }, ['/key']],
    ['a key of other columns', { key: { name: 'a' } }, ['/key/device', '/key/name']],
    ['several faults', { pageSize: 'x', limit: -1, cursor: null }, ['/pageSize', '/limit', '/cursor']],
  ])('is malformed with %s', (_, body, pointers) => {
    expect(faultsOf(body)).toEqual(['invalid-request', ...pointers]);
  });

  it('is impossible for what the table does not offer', () => {
    expect(faultsOf({ columns: ['title'] })).toEqual(['impossible', '/columns/0']);
    expect(faultsOf({ consistency: 'ALL' })).toEqual(['impossible', '/consistency']);
  });

  it('is impossible across the seam of the ring, and says so', () => {
    const body = { range: { start: '5', end: '-5' } };
    expect(faultsOf(body)).toEqual(['impossible', '/range']);
    expect(() => parse(body)).toThrow(/seam/);
  });
});
