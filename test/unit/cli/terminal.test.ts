import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { paintFor } from '../../../src/cli/paint.ts';
import { printableText } from '../../../src/cli/printable-text.ts';
import { withProgress } from '../../../src/cli/progress.ts';
import { formatTextTable } from '../../../src/cli/text-table.ts';
import { eventually } from '../../support/eventually.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('colours', () => {
  const stream = (isTTY: boolean | undefined) => ({ write: () => true, isTTY });

  it.each<[boolean | undefined, Record<string, string>, boolean, string]>([
    [true, {}, true, 'a terminal'],
    [undefined, {}, false, 'a file or a pipe'],
    [true, { NO_COLOR: '1' }, false, 'someone who wants none'],
    [true, { NO_COLOR: '' }, true, 'an empty wish is none'],
    [true, { TERM: 'dumb' }, false, 'a terminal that has none'],
  ])('with isTTY %s and %j are shown: %s (%s)', (isTTY, env, shown) => {
    expect(paintFor(stream(isTTY), env)('red', 'x') !== 'x').toBe(shown);
  });
});

describe('a table', () => {
  it('keeps its columns however cells are painted', () => {
    const paint = paintFor({ write: () => true, isTTY: true }, {});
    const rows = [
      [paint('red', 'no'), 'x'],
      ['maybe', 'y'],
    ];
    const plain = stripVTControlCharacters(formatTextTable(['a', 'b'], rows, paint));
    expect(plain).toBe('a      b\nno     x\nmaybe  y\n');
  });
});

describe('text from elsewhere', () => {
  it.each([
    ['plain é 漢 🙂', 'plain é 漢 🙂', 'what people write stays'],
    ['a\nb\tc', 'a\\u000ab\\u0009c', 'a line stays one line'],
    ['\u001b[31m', '\\u001b[31m', 'no colour'],
    ['a\u009bb', 'a\\u009bb', 'the other form of an escape'],
    ['a\u202eb', 'a\\u202eb', 'no turn of direction'],
  ])('%j is shown as %j: %s', (text, shown) => {
    expect(printableText(text)).toBe(shown);
  });
});

describe('progress', () => {
  function terminal(isTTY: boolean) {
    let written = '';
    const stderr = {
      write: (text: string) => {
        written += text;
        return true;
      },
      isTTY,
      columns: 80,
      cursorTo: () => true,
      moveCursor: () => true,
      clearLine: () => true,
    };
    return { stderr, env: {}, written: () => written };
  }

  it('says on a terminal what is waited for once it takes two seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const work = Promise.withResolvers<string>();
    const shown = terminal(true);
    const result = withProgress(shown, 'asking the cluster', work.promise);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(shown.written()).toBe('');
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    await eventually('the spinner', () =>
      shown.written().includes('asking the cluster') ? true : undefined,
    );
    work.resolve('done');
    expect(await result).toBe('done');
  });

  it('says nothing where nobody watches', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const work = Promise.withResolvers<string>();
    const shown = terminal(false);
    const result = withProgress(shown, 'asking the cluster', work.promise);
    expect(vi.getTimerCount()).toBe(0);
    work.resolve('done');
    expect(await result).toBe('done');
    expect(shown.written()).toBe('');
  });

  it('leaves no timer when the work was quick, or failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const shown = terminal(true);
    await expect(withProgress(shown, 'x', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });
});
