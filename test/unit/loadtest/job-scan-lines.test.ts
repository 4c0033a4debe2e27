import { describe, expect, it } from 'vitest';
import { ScanLineCounter } from '../../../loadtest/job-scan-lines.ts';

const answer =
  '{"row":{"id":"ä","body":"{\\"end\\""}}\n{"row":{}}\n{"checkpoint":{"cursor":"c","rows":2}}\n' +
  '{"row":{}}\n{"end":{"rows":3,"complete":false,"cursor":"d"}}\n';

function read(text: string, chunkBytes = text.length * 2) {
  const counts: number[] = [];
  const lines = new ScanLineCounter((count) => counts.push(count));
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    lines.add(bytes.subarray(from, from + chunkBytes));
  }
  return { rows: counts.reduce((total, count) => total + count, 0), lines };
}

describe('the lines of a scan', () => {
  it.each([1, 2, 7, 30, 1_000])('are counted alike in pieces of %d bytes', (chunkBytes) => {
    const { rows, lines } = read(answer, chunkBytes);
    expect(rows).toBe(3);
    expect(lines.end()).toEqual({ end: { rows: 3, complete: false, cursor: 'd' } });
  });

  it('tell of an error', () => {
    const { lines } = read('{"row":{}}\n{"error":{"type":"/problems/overload","title":"…"}}\n');
    expect(lines.end().error?.type).toBe('/problems/overload');
  });

  it.each([
    '',
    '{"row":{}}\n',
    '{"checkpoint":{"cursor":"c","rows":2}}\n',
    `${answer}{"ro`,
    '{"end":{"rows"',
  ])('are a part of an answer where it ends with %j', (text) => {
    expect(() => read(text).lines.end()).toThrow('broke off');
  });
});
