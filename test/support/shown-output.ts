import { expect } from 'vitest';
import type { Shown } from './page-commands.ts';
import { readShownAnswer, withoutChanging } from './shown-answer.ts';

/** Stands in a page for whatever differs from run to run. */
const anything = '…';

/**
 * Fails unless a command printed what the page shows. In text, `…` stands for any characters of its line, and a line
 * of nothing else for any lines. In JSON, the string `…` stands for any value, at the end of a list for any further
 * ones, and as a name for any further members; times are compared by kind.
 */
export function expectShown(shown: Shown, printed: string): void {
  switch (shown.language) {
    case 'text':
      expect(`${trimmed(printed)}\n`).toMatch(textPattern(trimmed(shown.text)));
      break;
    case 'json':
      expectJson(JSON.parse(shown.text), JSON.parse(printed));
      break;
    case 'http': {
      const expected = readShownAnswer(shown.text);
      const answer = readShownAnswer(printed.replaceAll('\r\n', '\n'));
      expect(answer.statusLine.trim()).toBe(expected.statusLine);
      for (const [name, value] of Object.entries(expected.headers)) {
        expect(`${answer.headers[name]}\n`, name).toMatch(textPattern(value));
      }
      if (expected.json !== undefined) expectJson(expected.json, answer.json);
    }
  }
}

function expectJson(shown: unknown, printed: unknown): void {
  expect(withoutChanging(alike(printed, shown))).toEqual(withoutChanging(shown));
}

/** The printed value, with what the page leaves open replaced by how it is left open there. */
function alike(printed: unknown, shown: unknown): unknown {
  if (shown === anything && printed !== undefined) return anything;
  if (Array.isArray(shown) && Array.isArray(printed)) {
    const open = shown.at(-1) === anything;
    const compared = open ? printed.slice(0, shown.length - 1) : printed;
    const items = compared.map((item, index) => alike(item, shown[index]));
    return open ? [...items, anything] : items;
  }
  if (isObject(shown) && isObject(printed)) {
    const open = Object.hasOwn(shown, anything);
    const names = Object.keys(printed).filter((name) => !open || Object.hasOwn(shown, name));
    const members = names.map((name) => [name, alike(printed[name], shown[name])]);
    return Object.fromEntries(open ? [...members, [anything, anything]] : members);
  }
  return printed;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of a text whose every line ends in a line break. */
function textPattern(text: string): RegExp {
  const lines = text
    .split('\n')
    .map((line) => (line === anything ? '(?:.*\\n)*?' : `${linePattern(line)}\\n`));
  return new RegExp(`^${lines.join('')}$`);
}

function linePattern(line: string): string {
  return line
    .split(anything)
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}
