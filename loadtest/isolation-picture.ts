import { isolationNames, p95OverTime } from './isolation-summary.ts';
import type { IsolationTurn } from './isolation-turn.ts';
import { drawPicture, type Line } from './picture.ts';
import { median } from './statistics.ts';

const stretchMs = 2_000;
/** Told apart by everybody who tells blue from orange. */
const colours: Readonly<Record<string, string>> = {
  [isolationNames.alone]: '#666666',
  [isolationNames.straight]: '#d55e00',
  [isolationNames.fixed]: '#56b4e9',
  [isolationNames.guard]: '#0072b2',
};
const steps = [1, 2, 5, 10];

/** The p95 of the front end every two seconds and the guard's factor, medians over the rounds. */
export function isolationPicture(turns: readonly IsolationTurn[], jobDatacenter: string): string {
  const plan = turns[0]?.plan;
  if (plan === undefined) throw new Error('nothing was measured');
  const lines = [...new Set(turns.map(({ variant }) => variant))].map((variant): Line => {
    const rounds = turns
      .filter((turn) => turn.variant === variant)
      .map((turn) => p95OverTime(turn, stretchMs));
    const points = (rounds[0] ?? []).map(({ atMs }, index) => ({
      x: atMs / 1_000,
      y: median(rounds.map((round) => round[index]?.p95Ms ?? Number.NaN).filter(Number.isFinite)),
    }));
    return { name: variant, colour: colours[variant] ?? 'black', points };
  });
  const heights = lines.flatMap(({ points }) => points.map(({ y }) => y)).filter(Number.isFinite);
  const lowest = roundDown(Math.min(...heights));
  const factor: Line = {
    name: `factor of the guard (${isolationNames.guard})`,
    colour: colours[isolationNames.guard] ?? 'black',
    points: factorOverTime(turns.filter(({ variant }) => variant === isolationNames.guard)),
  };
  return drawPicture({
    title: `Look-ups of the front end while a job scans and writes in ${jobDatacenter}`,
    xTitle: 'seconds since the job began',
    xFrom: -plan.aloneMs / 1_000,
    xTo: (plan.settleMs + plan.measureMs) / 1_000,
    marks: [
      { x: 0, text: 'the job begins' },
      { x: plan.settleMs / 1_000, text: 'judged from here' },
    ],
    panels: [
      {
        title: 'p95 of look-ups, ms, logarithmic',
        height: 300,
        scale: 'logarithmic',
        yFrom: lowest,
        yTo: roundUp(Math.max(...heights, 2 * lowest)),
        lines,
      },
      {
        title: 'part of the limits that the job may use',
        height: 110,
        scale: 'linear',
        yFrom: 0,
        yTo: 1,
        lines: [factor],
      },
    ],
  });
}

/** By second, since each round was read at instants of its own. */
function factorOverTime(turns: readonly IsolationTurn[]): Line['points'] {
  const bySecond = new Map<number, number[]>();
  for (const { atMs, factor } of turns.flatMap(({ guard }) => guard)) {
    const second = Math.round(atMs / 1_000);
    bySecond.set(second, [...(bySecond.get(second) ?? []), factor]);
  }
  return [...bySecond]
    .toSorted(([a], [b]) => a - b)
    .map(([second, factors]) => ({ x: second, y: median(factors) }));
}

/** To 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (steps.find((step) => step * power >= value) ?? 10) * power;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (steps.findLast((step) => step * power <= value) ?? 1) * power;
}
