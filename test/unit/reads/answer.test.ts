import { describe, expect, it } from 'vitest';
import { nodeText } from '../../../src/adapters/node/text.ts';
import { encodeAnswer } from '../../../src/core/reads/answer.ts';
import type { KeyOutcome } from '../../../src/core/reads/key-reader.ts';
import type { QuotaRefusal } from '../../../src/core/reads/quota-bill.ts';

const report = {
  groups: [3, 2],
  sent: 5,
  retries: 1,
  hedges: 2,
  cacheHits: 30,
  stale: 3,
  joined: 4,
  expired: false,
  datacenter: 'front',
  ringEpoch: 4,
  span: { fromMs: 0, toMs: 5 },
};
const row = (title: string): KeyOutcome => ({
  status: 'found',
  rows: [JSON.stringify({ title })],
  truncated: false,
  source: 'cassandra',
  ageMs: 1.4,
});
const missing: KeyOutcome = { status: 'missing', source: 'cassandra', ageMs: 2 };
const failed: KeyOutcome = { status: 'error', problem: 'connection-lost' };
const late: KeyOutcome = { status: 'error', problem: 'replica-timeout' };
const untried = (reason: 'quota' | 'deadline' | 'overload' | 'size'): KeyOutcome => ({
  status: 'unprocessed',
  reason,
});

function encode(
  outcomes: readonly KeyOutcome[],
  options: {
    answerBytes?: number;
    strict?: boolean;
    debug?: boolean;
    warnings?: readonly string[];
    expired?: boolean;
    refusal?: QuotaRefusal;
  } = {},
) {
  const {
    answerBytes = 1_000_000,
    strict = false,
    debug = false,
    warnings = [],
    expired = false,
    refusal,
  } = options;
  const answer = encodeAnswer(
    outcomes,
    { ...report, expired },
    { answerBytes, strict, debug, text: nodeText, warnings, refusal },
  );
  return { ...answer, json: JSON.parse(answer.body) };
}

describe('an answer', () => {
  it('has one result a key, in order, and their sum', () => {
    const { status, json } = encode([row('Lamp'), missing, failed, untried('quota')]);
    expect(status).toBe(200);
    expect(json).toEqual({
      results: [
        { status: 'found', rows: [{ title: 'Lamp' }] },
        { status: 'missing', rows: [] },
        {
          status: 'error',
          rows: [],
          error: {
            type: '/problems/connection-lost',
            title: 'The connection to the owner was lost',
            retryable: true,
          },
        },
        { status: 'unprocessed', rows: [], reason: 'quota' },
      ],
      summary: { found: 1, missing: 1, error: 1, unprocessed: 1 },
    });
  });

  it('carries warnings, and no such member without any', () => {
    expect(encode([missing], { warnings: ['column shape is left out'] }).json.warnings).toEqual([
      'column shape is left out',
    ]);
    expect(encode([missing]).json).not.toHaveProperty('warnings');
  });

  it('says that a partition has more rows', () => {
    const { json } = encode([{ ...row('a'), truncated: true } as KeyOutcome]);
    expect(json.results[0]).toMatchObject({ truncated: true });
  });

  it('tells where the rows came from when asked', () => {
    const { json } = encode([row('a'), missing], { debug: true });
    expect(json.results).toMatchObject([
      { source: 'cassandra', ageMs: 1 },
      { source: 'cassandra', ageMs: 2 },
    ]);
    expect(json.meta).toEqual({
      groups: 2,
      groupKeys: [3, 2],
      retried: 1,
      hedged: 2,
      cacheHits: 30,
      stale: 3,
      joined: 4,
      datacenter: 'front',
      ringEpoch: 4,
    });
  });

  it.each(['cassandra', 'cache', 'joined', 'stale'] as const)('names the source %s', (source) => {
    const outcomes = [{ ...row('a'), source } as KeyOutcome, { ...missing, source } as KeyOutcome];
    const { json } = encode(outcomes, { debug: true });
    expect(json.results).toMatchObject([{ source }, { source }]);
    expect(encode(outcomes).body).not.toContain(source);
  });

  it.each([
    [[untried('quota'), late, failed], 429, 'over-quota', 'quota before all else'],
    [
      [failed, late],
      503,
      'connection-lost',
      'a node that was late while there was time is a failure like others',
    ],
    [[late], 504, 'replica-timeout', 'and is named when there is no other'],
    [[untried('deadline')], 504, 'deadline-exceeded', 'not even tried in time'],
    [[untried('overload'), failed], 503, 'connection-lost', 'a failure says more than overload'],
    [[untried('overload')], 503, 'overload', 'nothing but overload'],
    [[missing, untried('quota'), failed], 200, undefined, 'a missing key is an answer'],
  ] as const)('of %j is %i %s: %s', (outcomes, status, slug, _why) => {
    const answer = encode(outcomes);
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(slug && `/problems/${slug}`);
    expect(answer.json.results).toHaveLength(outcomes.length);
  });

  it('names the deadline where it cut off a key', () => {
    const answer = encode([failed, late], { expired: true });
    expect([answer.status, answer.json.type]).toEqual([504, '/problems/deadline-exceeded']);
  });

  it.each([
    [[row('Lamp'), missing], 200, undefined, 'every key was answered'],
    [[row('Lamp'), missing, failed], 503, 'connection-lost', 'one failure refuses the whole'],
    [[row('Lamp'), untried('overload')], 503, 'overload', 'one key that was not tried as well'],
    [[row('Lamp'), failed, untried('quota')], 429, 'over-quota', 'quota before all else'],
    [[row('Lamp'), failed, untried('deadline')], 504, 'deadline-exceeded', 'the deadline before failures'],
    [[row('Lamp'), untried('size')], 413, 'too-large', 'fewer keys would fit'],
    [[untried('size')], 422, 'impossible', 'not even one key fits'],
  ] as const)('that is strict, of %j, is %i %s: %s', (outcomes, status, slug, _why) => {
    const answer = encode(outcomes, { strict: true });
    expect([answer.status, answer.problem]).toEqual([status, slug]);
  });

  it('that is strict and refused tells what became of each key, and shows no row', () => {
    const { json } = encode([row('Lamp'), missing, failed], { strict: true });
    expect(json.results.map((result: { status: string }) => result.status)).toEqual([
      'found',
      'missing',
      'error',
    ]);
    expect(json.results.map((result: { rows: unknown }) => result.rows)).toEqual([[], [], []]);
    expect(json.summary).toEqual({ found: 1, missing: 1, error: 1, unprocessed: 0 });
    expect(JSON.stringify(json)).not.toContain('Lamp');
  });

  it('stays within its size: keys that do not fit are unprocessed', () => {
    const { json, body } = encode([row('x'.repeat(400)), row('y'.repeat(4_000)), missing, row('z')], {
      answerBytes: 1_000,
    });
    expect(json.results.map((result: { status: string }) => result.status)).toEqual([
      'found',
      'unprocessed',
      'missing',
      'found',
    ]);
    expect(json.results[1].reason).toBe('size');
    expect(body.length).toBeLessThan(1_100);
    expect(encode([row('x'.repeat(4_000))], { answerBytes: 1_000 }).status).toBe(422);
  });
});

describe('an answer while a limit is slowed to protect others', () => {
  const slowed = (part: number | undefined): QuotaRefusal => ({
    reason: 'over',
    retryAfterMs: 40,
    violated: ['read'],
    slowed: part,
  });

  it.each([
    [0.35, { reason: 'guard', slowedTo: 0.35 }, '; the limit is at 35 % of its setting, to protect others'],
    [
      0.346_9,
      { reason: 'guard', slowedTo: 0.35 },
      '; the limit is at 35 % of its setting, to protect others',
    ],
    [1, {}, ''],
    [0.999, {}, ''],
    [undefined, {}, ''],
  ])('refused at %s of it has %j', (part, members, words) => {
    const { json } = encode([untried('quota')], { refusal: slowed(part) });
    const { reason, slowedTo } = json;
    expect({ reason, slowedTo }).toEqual({ reason: undefined, slowedTo: undefined, ...members });
    expect(json.detail).toBe(`no key could be answered${words}`);
  });

  it.each([
    [0.35, { retryAfterMs: 40, reason: 'guard', slowedTo: 0.35 }],
    [1, { retryAfterMs: 40 }],
  ])('of some keys at %s tells it with when to come again: %j', (part, members) => {
    const { json } = encode([row('Lamp'), untried('quota')], { refusal: slowed(part) });
    const { results: _results, summary: _summary, ...others } = json;
    expect(others).toEqual(members);
  });

  it('tells nothing of it where no key was left out for it', () => {
    const refusal = slowed(0.35);
    expect(encode([row('Lamp')], { refusal }).json).not.toHaveProperty('slowedTo');
    const late = encode([untried('deadline')], { refusal }).json;
    expect(late).not.toHaveProperty('slowedTo');
    expect(late.detail).toBe('no key could be answered');
  });
});
