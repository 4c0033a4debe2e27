import { describe, expect, it } from 'vitest';
import type { Shown } from '../../support/page-commands.ts';
import { expectShown } from '../../support/shown-output.ts';

type Row = readonly [why: string, language: Shown['language'], shown: string, printed: string];

const alike: readonly Row[] = [
  ['the same text, ends of lines aside', 'text', 'a b\nc\n', 'a b  \nc'],
  ['anything within a line', 'text', 'took … ms', 'took 17 ms'],
  ['any lines, none included', 'text', 'a\n…\nz', 'a\n\nz'],
  ['any lines at the beginning', 'text', '…\nz', 'z'],
  ['any lines at the end', 'text', 'a\n…', 'a\nb\nc'],
  ['signs that a pattern would take for its own', 'text', 'a.b (c)? [d] $1', 'a.b (c)? [d] $1'],
  ['the same JSON, however it is laid out', 'json', '{ "a": [1, 2] }', '{"a":[1,2]}'],
  ['any value', 'json', '{ "id": "…" }', '{"id":{"b":1}}'],
  ['further members', 'json', '{ "a": 1, "…": "…" }', '{"a":1,"b":2}'],
  ['further items', 'json', '[1, "…"]', '[1,2,3]'],
  ['times by their kind', 'json', '{ "ageMs": 3 }', '{"ageMs":9}'],
  [
    'the headers that are shown, whatever else there is',
    'http',
    'HTTP/1.1 200 OK\nETag: W/"…"\n\n{ "a": 1 }',
    'HTTP/1.1 200 OK\r\netag: W/"x"\r\ndate: now\r\n\r\n{"a":1}',
  ],
];

const unlike: readonly Row[] = [
  ['a line more', 'text', 'a', 'a\nb'],
  ['a line less', 'text', 'a\nb', 'a'],
  ['more than a line where one was left open', 'text', 'took … ms', 'took 1\n7 ms'],
  ['a member more', 'json', '{ "a": 1 }', '{"a":1,"b":2}'],
  ['a member less, where further ones may come', 'json', '{ "a": 1, "…": "…" }', '{"b":2}'],
  ['a member less, whatever its value', 'json', '{ "a": "…" }', '{}'],
  ['an item less', 'json', '[1, 2, "…"]', '[1]'],
  ['another status', 'http', 'HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found\r\n\r\n'],
  ['a header less', 'http', 'HTTP/1.1 200 OK\nETag: W/"…"', 'HTTP/1.1 200 OK\r\n\r\n'],
];

describe('what a page shows', () => {
  it.each(alike)('allows %s', (_, language, text, printed) => {
    expect(() => expectShown({ language, text }, printed)).not.toThrow();
  });

  it.each(unlike)('does not allow %s', (_, language, text, printed) => {
    expect(() => expectShown({ language, text }, printed)).toThrow();
  });
});
