/** Line charts as plain SVG, one above the other, with one axis of time below them. */
export interface Picture {
  readonly title: string;
  readonly xTitle: string;
  readonly xFrom: number;
  readonly xTo: number;
  /** Where a line stands across all panels, and what it says. */
  readonly marks: readonly { readonly x: number; readonly text: string }[];
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly title: string;
  readonly height: number;
  /** A logarithmic scale begins above 0. */
  readonly scale: 'linear' | 'logarithmic';
  readonly yFrom: number;
  readonly yTo: number;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  /** As SVG names colours. */
  readonly colour: string;
  /** A point that is no number leaves a gap. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const width = 860;
const left = 60;
const right = 20;
const top = 44;
const between = 46;
const bottom = 44;
const legendLine = 18;
const plotWidth = width - left - right;
const wantedTicks = 8;

export function drawPicture(picture: Picture): string {
  const parts: string[] = [];
  let y = top;
  for (const panel of picture.panels) {
    parts.push(drawPanel(picture, panel, y));
    y += panel.height + between + legendLine * Math.ceil(panel.lines.length / 2);
  }
  const height = y - between + bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(picture.title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(left, 18, picture.title, 'font-size="15"'),
    ...parts,
    text(left + plotWidth / 2, height - 8, picture.xTitle, 'text-anchor="middle"'),
    '</svg>\n',
  ].join('\n');
}

function drawPanel(picture: Picture, panel: Panel, panelTop: number): string {
  const { height, lines } = panel;
  const x = (value: number): number =>
    left + ((value - picture.xFrom) / (picture.xTo - picture.xFrom)) * plotWidth;
  const y = (value: number): number => panelTop + height * (1 - shareOf(panel, value));
  const floor = panelTop + height;
  return [
    text(left, panelTop - 8, panel.title, 'fill="#333"'),
    ...ticksOf(panel).map(
      (tick) =>
        `${stroke(left, y(tick), left + plotWidth, y(tick), '#ddd')}\n` +
        text(left - 6, y(tick) + 4, String(tick), 'text-anchor="end"'),
    ),
    ...linearTicks(picture.xFrom, picture.xTo).map((tick) =>
      text(x(tick), floor + 15, String(tick), 'text-anchor="middle"'),
    ),
    ...picture.marks.map(
      (mark) =>
        `${stroke(x(mark.x), panelTop, x(mark.x), floor, '#888', 'stroke-dasharray="4 3"')}\n` +
        text(x(mark.x) + 4, panelTop + 12, mark.text, 'fill="#555"'),
    ),
    ...lines.map(
      (line) =>
        `<path d="${pathOf(line, x, y)}" fill="none" stroke="${escaped(line.colour)}" stroke-width="1.8"/>`,
    ),
    ...lines.map((line, index) => {
      const legendX = left + (index % 2) * (plotWidth / 2);
      const legendY = floor + 34 + Math.floor(index / 2) * legendLine;
      const sample = `${stroke(legendX, legendY - 4, legendX + 20, legendY - 4, line.colour, 'stroke-width="3"')}`;
      return `${sample}\n${text(legendX + 26, legendY, line.name)}`;
    }),
  ].join('\n');
}

/** What is off the scale is drawn at its edge. */
function shareOf({ scale, yFrom, yTo }: Panel, value: number): number {
  const share =
    scale === 'linear'
      ? (value - yFrom) / (yTo - yFrom)
      : Math.log(Math.max(value, yFrom) / yFrom) / Math.log(yTo / yFrom);
  return Math.min(1, Math.max(0, share));
}

function pathOf({ points }: Line, x: (value: number) => number, y: (value: number) => number): string {
  let isDown = false;
  return points
    .flatMap((point) => {
      if (!Number.isFinite(point.y)) {
        isDown = false;
        return [];
      }
      const command = isDown ? 'L' : 'M';
      isDown = true;
      return [`${command}${rounded(x(point.x))} ${rounded(y(point.y))}`];
    })
    .join('');
}

function ticksOf({ scale, yFrom, yTo }: Panel): readonly number[] {
  if (scale === 'linear') return linearTicks(yFrom, yTo, 5);
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(yFrom)); 10 ** power <= yTo; power += 1) {
    for (const digit of [1, 2, 5]) {
      const tick = Number((digit * 10 ** power).toPrecision(1));
      if (tick >= yFrom && tick <= yTo) ticks.push(tick);
    }
  }
  return ticks;
}

/** At steps of 1, 2 or 5 times a power of ten. */
function linearTicks(from: number, to: number, wanted = wantedTicks): readonly number[] {
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let count = Math.ceil(from / step); count * step <= to + step / 1e6; count += 1) {
    ticks.push(Number((count * step).toPrecision(6)));
  }
  return ticks;
}

function stroke(x1: number, y1: number, x2: number, y2: number, colour: string, more = ''): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map(rounded);
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${escaped(colour)}" ${more}/>`;
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" ${more}>${escaped(content)}</text>`;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(1)));
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
