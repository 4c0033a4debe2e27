import { describe, expect, it } from 'vitest';
import { readTraceContext } from '../../src/http/trace-context.ts';
import { createDataApp } from './data-app-fixture.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${parentId}-01`;

describe('traceparent', () => {
  it('is handed to the core with a look-up', async () => {
    const { lookUp, calls } = createDataApp();
    await lookUp({ headers: { traceparent } });
    expect(calls[0]?.traceparent).toBe(traceparent);
  });

  it('is handed to the core with a row', async () => {
    const { get, rowCalls } = createDataApp();
    await get({ headers: { traceparent } });
    expect(rowCalls[0]?.traceparent).toBe(traceparent);
  });

  it('that is malformed is no fault of the request', async () => {
    const { lookUp, calls, log } = createDataApp();
    expect((await lookUp({ headers: { traceparent: 'zq7-secret' } })).statusCode).toBe(200);
    expect(calls[0]?.traceparent).toBeUndefined();
    expect(log()).not.toContain('zq7-secret');
  });

  it.each([
    [traceparent, traceparent, 'as it is'],
    [`00-${traceId}-${parentId}-00`, `00-${traceId}-${parentId}-00`, 'not sampled'],
    [`00-${traceId}-${parentId}-ff`, `00-${traceId}-${parentId}-ff`, 'flags that are not known yet'],
    [`01-${traceId}-${parentId}-03`, `00-${traceId}-${parentId}-01`, 'a later version, as this one'],
    [`cc-${traceId}-${parentId}-02-what-ever`, `00-${traceId}-${parentId}-00`, 'a later version with more'],
  ])('%s is passed on as %s: %s', (given, passedOn) => {
    expect(readTraceContext({ traceparent: given })).toEqual({ traceparent: passedOn, traceId });
  });

  it.each([
    ['', 'empty'],
    [`00-${traceId}-${parentId}`, 'no flags'],
    [`00-${traceId}-${parentId}-01-more`, 'more than this version has'],
    [`00-${traceId}-${parentId}-01-`, 'a dash at the end'],
    [`ff-${traceId}-${parentId}-01`, 'the version that is never one'],
    [`01-${traceId}-${parentId}-01.x`, 'a later version that goes on without a dash'],
    [`00-${'0'.repeat(32)}-${parentId}-01`, 'no trace'],
    [`00-${traceId}-${'0'.repeat(16)}-01`, 'no parent'],
    [`00-${traceId.toUpperCase()}-${parentId}-01`, 'upper case'],
    [`00-${traceId.slice(1)}g-${parentId}-01`, 'no hex digit'],
    [` ${traceparent}`, 'a space before'],
    [`${traceparent}, ${traceparent}`, 'two headers joined'],
  ])('%j is ignored: %s', (given) => {
    expect(readTraceContext({ traceparent: given })).toBeUndefined();
  });
});
