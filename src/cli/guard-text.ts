import type { GuardPhase, GuardView } from '../core/guard/guard.ts';
import type { Colour, Paint } from './paint.ts';
import { printableText } from './printable-text.ts';
import { formatTextTable } from './text-table.ts';

const phaseWords: Readonly<Record<GuardPhase, string>> = {
  open: 'nobody is slowed, and the target is kept',
  cut: 'lowered just now, and held until it shows what came of it',
  hold: 'held: the latency is near the target, or a change is not seen yet',
  rise: 'going up',
  helpless: 'left as it is: lowering it did not help, or nobody is there to be slowed',
  manual: 'set by an operator',
  blind: 'nothing was heard of a leader for too long: as it was, at most a half',
};

/** As people read it, a line a fact; the rates are there only where there are some. */
export function guardText(view: GuardView, paint: Paint): string {
  const { steering, enabled } = view;
  const { phase, factor } = steering;
  const state = [
    `factor    ${paint(colourOf(view), factorText(view))}`,
    `phase     ${printableText(phase)}: ${phaseWords[phase] ?? 'this program knows no words for it'}`,
  ];
  const lines = [
    ...(enabled ? [] : ['guard     the configuration has none']),
    // Without a guard an operator may slow jobs all the same, and others of the fleet may have one.
    ...(enabled || factor < 1 ? state : []),
    ...(enabled ? [`latency   ${latencyText(view)}`] : []),
    `leader    ${leaderText(view)}`,
    `override  ${overrideText(view)}`,
  ];
  const rates = Object.entries(steering.rates).flatMap(([className, byOperation]) =>
    Object.entries(byOperation).map(([operation, rate]) => [className, operation, String(Math.round(rate))]),
  );
  const table = rates.map((cells) => cells.map(printableText));
  const shown = table.length === 0 ? '' : formatTextTable(['lent to', 'operation', 'units/s'], table, paint);
  return `${lines.map((line) => `${line}\n`).join('')}${shown}`;
}

function colourOf({ steering: { factor, phase } }: GuardView): Colour {
  if (phase === 'helpless' || phase === 'blind') return 'red';
  return factor < 1 ? 'yellow' : 'green';
}

function factorText({ settings, steering: { factor } }: GuardView): string {
  const whose = settings === null ? 'the slowed classes' : names(settings.slows);
  if (factor >= 1) return `${factor}: limits of ${whose} are as they are set`;
  return `${Number(factor.toFixed(3))}: limits of ${whose} are at ${Math.round(factor * 100)} % of what is set`;
}

function latencyText({ settings, steering: { latency, phase } }: GuardView): string {
  const whose = settings === null ? '' : ` of ${names(settings.protects)}`;
  const target = settings === null ? '' : `; target ${milliseconds(settings.targetMs)}`;
  const { samples, p95Ms } = latency;
  if (phase === 'blind') return `not known${target}`;
  if (p95Ms === undefined) return `no look-up${whose} reached Cassandra just now${target}`;
  return `p95 ${milliseconds(p95Ms)} of ${samples} look-ups${whose} in 5 s${target}`;
}

function leaderText({ leader, isLeader, epoch, ageMs }: GuardView): string {
  const heard = ageMs === null ? 'no decision was heard of' : `decided ${(ageMs / 1_000).toFixed(1)} s ago`;
  if (leader === null) return `none is known, ${heard}`;
  return `${printableText(leader)}${isLeader ? ', which is this instance' : ''}, epoch ${epoch}, ${heard}`;
}

function overrideText({ override }: GuardView): string {
  if (override === null) return 'none';
  return printableText(`${override.factor} by ${override.by} at ${override.at}`);
}

function names(classes: readonly string[]): string {
  return classes.length === 0 ? 'no class' : printableText(classes.join(', '));
}

function milliseconds(value: number): string {
  return `${Math.round(value * 10) / 10} ms`;
}
