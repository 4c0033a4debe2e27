import { describe, expect, it } from 'vitest';
import { isolationPicture } from '../../../loadtest/isolation-picture.ts';
import { isolationNames } from '../../../loadtest/isolation-summary.ts';
import { drawPicture, type Panel } from '../../../loadtest/picture.ts';
import { isolationTurn } from './isolation-turns.ts';

/** The numbers of each path, by line. */
function pathsOf(svg: string): readonly string[] {
  return Array.from(svg.matchAll(/<path d="([^"]*)"/g), ([, path = '']) => path);
}

function draw(panel: Partial<Panel>): string {
  return drawPicture({
    title: 'a < b & "c"',
    xTitle: 'seconds',
    xFrom: 0,
    xTo: 10,
    marks: [{ x: 5, text: 'here' }],
    panels: [{ title: 'ms', height: 100, scale: 'linear', yFrom: 0, yTo: 10, lines: [], ...panel }],
  });
}

function line(points: readonly (readonly [number, number])[]) {
  return { name: 'a line', colour: 'black', points: points.map(([x, y]) => ({ x, y })) };
}

describe('a picture', () => {
  it('puts points where their values are: left to right, upwards', () => {
    expect(
      pathsOf(
        draw({
          lines: [
            line([
              [0, 0],
              [5, 5],
              [10, 10],
            ]),
          ],
        }),
      ),
    ).toEqual(['M60 144L450 94L840 44']);
  });

  it('puts equal ratios at equal heights on a logarithmic scale', () => {
    const lines = [
      line([
        [0, 1],
        [5, 10],
        [10, 100],
      ]),
    ];
    expect(pathsOf(draw({ scale: 'logarithmic', yFrom: 1, yTo: 100, lines }))).toEqual([
      'M60 144L450 94L840 44',
    ]);
  });

  it('leaves a gap where nothing was measured, and keeps what is off the scale at its edge', () => {
    const lines = [
      line([
        [0, 5],
        [2, Number.NaN],
        [4, 99],
        [6, -1],
      ]),
    ];
    expect(pathsOf(draw({ lines }))).toEqual(['M60 94M372 44L528 144']);
  });

  it('is well-formed, whatever the words are', () => {
    const svg = draw({});
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(svg).not.toContain('a < b');
    expect(svg.match(/<svg /g)).toHaveLength(1);
    expect(svg.endsWith('</svg>\n')).toBe(true);
  });

  it('labels a logarithmic scale by 1, 2 and 5', () => {
    const svg = draw({ scale: 'logarithmic', yFrom: 5, yTo: 200 });
    const labels = Array.from(svg.matchAll(/text-anchor="end">([^<]*)</g), ([, label]) => label);
    expect(labels).toEqual(['5', '10', '20', '50', '100', '200']);
  });
});

describe('the picture of isolation', () => {
  const guard = (factor: number) => [0, 1_000, 2_000].map((atMs) => ({ atMs, factor, phase: 'hold' }));
  const turns = [10, 20, 400].map((latencyMs, index) =>
    isolationTurn({
      variant: isolationNames.guard,
      round: index + 1,
      latencyMs: () => latencyMs,
      guard: guard([0.2, 0.5, 1][index] ?? 1),
    }),
  );

  it('draws the medians of the rounds, a line a variant and one for the factor', () => {
    const alone = isolationTurn({ variant: isolationNames.alone, latencyMs: () => 10 });
    const svg = isolationPicture([alone, ...turns], 'us-east-1-backend');
    // From 10 to 20 ms: alone along the bottom, the guard's median along the top, its factor half-way.
    expect(pathsOf(svg)).toEqual(['M255 344L645 344', 'M255 44L645 44', expect.any(String)]);
    const [, , factor = ''] = pathsOf(svg);
    const heights = new Set(Array.from(factor.matchAll(/[ML][\d.]+ ([\d.]+)/g), ([, height]) => height));
    expect(heights.size).toBe(1);
    expect(factor.match(/[ML]/g)).toHaveLength(3);
  });

  it('refuses to draw nothing', () => {
    expect(() => isolationPicture([], 'us-east-1-backend')).toThrow('nothing was measured');
  });
});
